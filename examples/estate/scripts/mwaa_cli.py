"""Run an Airflow CLI command on MWAA: `python scripts/mwaa_cli.py dags list-runs -d daily_ledger`."""
import base64
import sys

import boto3
import requests

ENVIRONMENT = "tidewater-prod"


def run(command: str) -> str:
    token = boto3.client("mwaa").create_cli_token(Name=ENVIRONMENT)
    answer = requests.post(
        f"https://{token['WebServerHostname']}/aws_mwaa/cli",
        headers={"Authorization": f"Bearer {token['CliToken']}", "Content-Type": "text/plain"},
        data=command,
        timeout=60,
    )
    return base64.b64decode(answer.json()["stdout"]).decode()


if __name__ == "__main__":
    print(run(" ".join(sys.argv[1:])))
