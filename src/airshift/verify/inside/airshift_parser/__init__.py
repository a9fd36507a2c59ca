"""What runs inside the Airflow under test: it imports nothing of airshift and works on Airflow 2.4 to 3.x."""
