"""What we add to Airflow: a page for the data catalogue, two macros, a listener, a timetable."""
from airflow.plugins_manager import AirflowPlugin
from airflow.security import permissions
from airflow.www.auth import has_access
from flask import Blueprint
from flask_appbuilder import BaseView, expose

from listeners import audit
from timetables.trading_calendar import TradingDayTimetable


class CatalogueView(BaseView):
    default_view = "tables"
    route_base = "/catalogue"

    @expose("/")
    @has_access([(permissions.ACTION_CAN_READ, permissions.RESOURCE_WEBSITE)])
    def tables(self):
        return self.render_template("catalogue.html", tables=[])


catalogue = Blueprint("catalogue", __name__, template_folder="templates", static_folder="static")


def fiscal_quarter(ds):
    """The fiscal quarter (February is the first month) of a day given as YYYY-MM-DD."""
    year, month, _ = (int(part) for part in ds.split("-"))
    return f"FY{year if month > 1 else year - 1}Q{((month - 2) % 12) // 3 + 1}"


class TidewaterPlugin(AirflowPlugin):
    name = "tidewater"
    flask_blueprints = [catalogue]
    appbuilder_views = [{"name": "Catalogue", "category": "Tidewater", "view": CatalogueView()}]
    appbuilder_menu_items = [{"name": "Runbook", "category": "Tidewater", "href": "https://wiki.tidewater.example"}]
    macros = [fiscal_quarter]
    listeners = [audit]
    timetables = [TradingDayTimetable]
    operators = []
    hooks = []
