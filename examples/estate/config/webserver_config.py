"""Web server: single sign-on for the self-hosted staging stack."""
import os

from airflow.www.fab_security.manager import AUTH_OAUTH
from airflow.www.security import AirflowSecurityManager

AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Viewer"
OAUTH_PROVIDERS = [
    {
        "name": "tidewater",
        "token_key": "access_token",
        "remote_app": {
            "client_id": os.environ.get("SSO_CLIENT_ID"),
            "client_secret": os.environ.get("SSO_CLIENT_SECRET"),
            "api_base_url": "https://sso.tidewater.example/oauth2/",
        },
    }
]


class TidewaterSecurityManager(AirflowSecurityManager):
    def oauth_user_info(self, provider, response=None):
        me = self.appbuilder.sm.oauth_remotes[provider].get("userinfo").json()
        return {"username": me["preferred_username"], "email": me["email"], "role_keys": me.get("groups", [])}


SECURITY_MANAGER_CLASS = TidewaterSecurityManager
