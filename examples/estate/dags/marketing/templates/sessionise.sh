#!/bin/bash
set -e
sessionise --from "{{ data_interval_start }}" --to "{{ data_interval_end }}" \
  --previous "{{ prev_execution_date }}" --run "{{ run_id }}" \
  --out "s3://tidewater-dwh/sessions/{{ ts_nodash }}"
