iconv -f latin1 -t utf8 /tmp/orders.csv > /tmp/orders.{{ yesterday_ds_nodash }}.csv
mv /tmp/orders.{{ yesterday_ds_nodash }}.csv /tmp/orders.csv
