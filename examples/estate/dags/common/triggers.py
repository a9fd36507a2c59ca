"""A deferrable wait for a file of a partner."""
import asyncio

from airflow.hooks.base import BaseHook
from airflow.triggers.base import BaseTrigger, TriggerEvent


class PartnerFileTrigger(BaseTrigger):
    def __init__(self, conn_id, path, poll=60):
        super().__init__()
        self.conn_id = conn_id
        self.path = path
        self.poll = poll

    def serialize(self):
        return "common.triggers.PartnerFileTrigger", {"conn_id": self.conn_id, "path": self.path, "poll": self.poll}

    async def run(self):
        while True:
            hook = BaseHook.get_hook(self.conn_id)
            if hook.check_for_path(self.path):
                yield TriggerEvent({"path": self.path})
                return
            await asyncio.sleep(self.poll)
