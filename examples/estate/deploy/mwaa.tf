resource "aws_mwaa_environment" "prod" {
  name                  = "tidewater-prod"
  airflow_version       = "2.10.3"
  environment_class     = "mw1.medium"
  source_bucket_arn     = aws_s3_bucket.airflow.arn
  dag_s3_path           = "dags"
  plugins_s3_path       = "plugins.zip"
  requirements_s3_path  = "requirements.txt"
  execution_role_arn    = aws_iam_role.airflow_execution.arn
  webserver_access_mode = "PUBLIC_ONLY"

  airflow_configuration_options = {
    "core.default_timezone"              = "utc"
    "core.enable_xcom_pickling"          = "True"
    "scheduler.catchup_by_default"       = "True"
    "scheduler.min_file_process_interval" = "60"
    "webserver.default_ui_timezone"      = "Europe/Berlin"
    "webserver.dag_default_view"         = "graph"
  }

  network_configuration {
    security_group_ids = [aws_security_group.airflow.id]
    subnet_ids         = var.private_subnet_ids
  }
}
