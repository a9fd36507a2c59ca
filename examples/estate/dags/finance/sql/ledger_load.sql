-- Replace the postings of one day; the day before decides the opening balance.
delete from ledger where day = '{{ ds }}';

insert into ledger (day, account, debit, credit, opening)
select day, account, debit, credit, opening
from staging.postings
left join ledger_closing using (account)
where day >= '{{ execution_date.strftime("%Y-%m-%d") }}'
  and day < '{{ next_ds }}'
  and ledger_closing.closed_on = '{{ prev_ds }}';
