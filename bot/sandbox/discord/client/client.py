"""Discord's own client: every action of a member, as one object that the local Discord is given."""

from bot.sandbox.discord.client import invoke, user_actions


class LocalClient:
    """Implements `DiscordClient`. Stateless."""

    visible_messages = staticmethod(user_actions.visible_messages)
    say = staticmethod(user_actions.say)
    reply = staticmethod(user_actions.reply)
    edit = staticmethod(user_actions.edit)
    delete = staticmethod(user_actions.delete)
    react = staticmethod(user_actions.react)
    unreact = staticmethod(user_actions.unreact)
    slash = staticmethod(invoke.slash)
    autocomplete = staticmethod(invoke.autocomplete)
    message_menu = staticmethod(invoke.message_menu)
    press = staticmethod(invoke.press)
    press_forged = staticmethod(invoke.press_forged)
    choose = staticmethod(invoke.choose)
    submit = staticmethod(invoke.submit)
