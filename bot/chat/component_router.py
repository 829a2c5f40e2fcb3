"""Route component interactions that don't belong to a job: settings, data deletion, abuse reports, help."""

from bot.chat.components.interactions import Interaction
from bot.chat.contests.contests import Contests
from bot.chat.data_deletion import DataDeletion
from bot.chat.requests.abuse_report import AbuseReports
from bot.chat.settings_panel.controller import SettingsPanel
from bot.chat.settings_panel.forms import FormValues
from bot.chat.views.help_pages import HelpPages


class ComponentRouter:
    """Dispatches to the settings, the data deletion, the abuse reports, the pages of help or the contests."""

    def __init__(
        self,
        panel: SettingsPanel,
        data_deletion: DataDeletion,
        abuse_reports: AbuseReports,
        help_pages: HelpPages,
        contests: Contests,
    ) -> None:
        self._panel = panel
        self._data_deletion = data_deletion
        self._abuse_reports = abuse_reports
        self._help_pages = help_pages
        self._contests = contests

    async def on_item(self, interaction: Interaction, page: str, what: str) -> None:
        """Dispatch a button or a select."""
        if page == "mydata":
            await self._data_deletion.on_item(interaction, what)
        elif page == "help":
            await self._help_pages.on_item(interaction, what)
        elif page == "contest":
            await self._contests.on_item(interaction, what)
        else:
            await self._panel.on_item(interaction, page, what)

    async def on_modal(self, interaction: Interaction, form: FormValues) -> None:
        """Dispatch a submitted form."""
        if form.what == "report":
            await self._abuse_reports.on_modal(interaction, form)
        else:
            await self._panel.on_modal(interaction, form)
