insert into finance.orders
select * from shop.orders
where updated_at >= '{{ prev_start_date_success or "2023-01-01" }}'
  and updated_at < '{{ data_interval_end }}'
  and (created_on >= '{{ yesterday_ds }}' or reopened)
