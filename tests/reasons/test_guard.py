"""Every sentence has a row, or is named here with the test that has its scene."""

import ast
from pathlib import Path

import pytest

from bot.jobs.errors import BadWish, RetakeError
from bot.jobs.provider_errors import ProviderError
from tests.reasons.test_reasons import ROWS
from tests.test_stored_errors import subclasses

ROOT = Path(__file__).parents[2]
CHAT = "tests/reasons/test_chat.py"
CONTESTS = "tests/gallery/test_contests.py"
MENU = "tests/pictures/test_menu.py"
OWN_VIDEOS = "tests/remix/test_own_videos.py"
COPIES = "tests/remix/test_own_video_copies.py"
FILMS = "tests/remix/test_films.py"
SHOTS = "tests/films/test_shots.py"
LADDER = "tests/films/test_film_ladder.py"

GIFS = "tests/remix/test_gifs.py"
REQUESTS = "tests/remix/test_own_video_requests.py"
ELSEWHERE = {  # the class: the file and the function
    "AlreadyRequested": ("tests/writer/test_improve.py", "test_a_second_press_makes_no_second_video"),
    "AlreadySending": ("tests/remix/test_kept_clips.py", "test_get_twice_sends_once"),
    "AnswerExpired": (
        "tests/regressions/test_expired_press.py", "test_an_expired_command_says_that_nothing_was_ordered",
    ),
    "ContestOver": (CONTESTS, "test_a_contest_runs_from_its_announcement_to_its_result"),
    "ContestRunning": (CONTESTS, "test_what_a_contest_needs_is_said"),
    "DeletionUnclear": (CHAT, "test_a_deletion_without_a_clear_answer_is_not_called_refused"),
    "DiscordSilent": (CHAT, "test_a_reply_is_called_deleted_only_if_discord_says_so"),
    "DraftGone": (
        "tests/remix/test_refused_requests.py", "test_the_words_are_deleted_with_the_member_and_after_a_day",
    ),
    "FilmIsFree": (FILMS, "test_a_film_is_remixed_extended_and_shown_like_any_video"),
    "FilmModel": (SHOTS, "test_a_model_without_a_first_frame_and_options_of_a_join_are_refused"),
    "FilmMoved": (SHOTS, "test_only_its_author_decides_and_each_question_once"),
    "FilmOptions": (SHOTS, "test_a_model_without_a_first_frame_and_options_of_a_join_are_refused"),
    "FilmPlaceUnknown": (SHOTS, "test_a_place_that_discord_does_not_tell_is_not_called_gone"),
    "FilmShotLength": (LADDER, "test_a_length_in_a_later_shot_is_refused_with_its_reason"),
    "FilmPriceRose": (SHOTS, "test_a_higher_price_is_said_before_it_is_spent"),
    "NotYourFilm": (SHOTS, "test_only_its_author_decides_and_each_question_once"),
    "FilmNotJoined": (FILMS, "test_a_video_that_is_gone_or_broken_ends_the_film_without_a_charge"),
    "FilmPartGone": (FILMS, "test_a_video_that_is_gone_or_broken_ends_the_film_without_a_charge"),

    "GifJustMade": (GIFS, "test_a_second_gif_within_a_minute_is_refused"),
    "GifNotYet": (GIFS, "test_a_video_that_is_not_posted_has_no_gif_yet"),
    "NoGif": (GIFS, "test_a_gif_that_discord_refuses_is_made_smaller_or_said"),
    "FilesHidden": (REQUESTS, "test_a_link_is_remixed_where_discord_shows_the_bot_the_files"),
    "FilesUnreachable": (
        "tests/bucket/test_outages.py", "test_get_says_that_the_bucket_does_not_answer_and_works_when_it_does",
    ),
    "FileTooLarge": (CHAT, "test_a_file_is_gone_too_large_or_sent"),
    "JustPressed": (CHAT, "test_a_second_press_is_told_so_and_a_later_one_is_an_order"),
    "NoContest": (CONTESTS, "test_what_a_contest_needs_is_said"),
    "NoFile": (CHAT, "test_a_file_is_gone_too_large_or_sent"),
    "NoOtherModel": ("tests/test_other_model.py", "test_a_request_without_another_model_is_answered_with_a_message"),
    "NoWriter": ("tests/writer/test_improve.py", "test_without_a_writer_the_request_says_so"),
    "NotContestManager": (CONTESTS, "test_what_a_contest_needs_is_said"),
    "NotDeleted": (CHAT, "test_a_deletion_without_a_clear_answer_is_not_called_refused"),
    "NotManager": ("tests/limits/test_settings_panel.py", "test_manage_server_is_required_and_checked_at_every_press"),
    "NotYourQuestion": (CHAT, "test_an_answered_question_is_not_called_expired_and_asks_for_no_second_order"),
    "NotYourRequest": (CHAT, "test_only_its_author_may_edit_a_refused_reply"),
    "NotYours": ("tests/remix/test_undo.py", "test_an_order_by_reply_is_undone_by_its_author_alone"),
    "NoVideoThere": (REQUESTS, "test_a_link_is_remixed_where_discord_shows_the_bot_the_files"),
    "NothingToEnter": (CONTESTS, "test_only_new_videos_that_everyone_there_may_see_can_enter"),
    "NoModelForPicture": (MENU, "test_a_server_without_a_model_for_pictures_says_so"),
    "NoPictureThere": (MENU, "test_more_frames_than_two_and_a_message_without_a_picture_are_refused"),
    "NoPictureToReplace": (
        "tests/pictures/test_edit.py", "test_what_does_not_fit_is_said_before_anything_is_sent",
    ),
    "OwnPicturesOnly": (MENU, "test_a_server_that_allows_only_the_bots_videos_allows_only_ones_own_pictures"),
    "PictureFormGone": (MENU, "test_a_form_belongs_to_the_member_who_opened_it_and_lasts_a_day"),
    "TooManyPictures": ("tests/pictures/test_replies.py", "test_more_pictures_than_frames_are_refused"),
    "NothingToCancel": ("tests/remix/test_undo.py", "test_help_and_stop_answer"),
    "OrderGone": (CHAT, "test_a_reply_is_called_deleted_only_if_discord_says_so"),
    "OrdersHeld": (
        "tests/maintenance/test_postgres_rollback.py",
        "test_a_server_that_went_back_pays_nothing_until_it_is_adopted",
    ),
    "QuestionAnswered": (CHAT, "test_an_answered_question_is_not_called_expired_and_asks_for_no_second_order"),
    "QuestionClosed": (CHAT, "test_a_question_that_was_declined_is_no_longer_open"),
    "ReplyChanged": ("tests/remix/test_undo.py", "test_a_reply_edited_into_talk_makes_nothing"),
    "SourceNotFound": ("tests/remix/test_access.py", "test_an_inaccessible_source_cannot_be_remixed"),
    "ThemeWords": (CONTESTS, "test_what_a_contest_needs_is_said"),
    "TooLate": (CHAT, "test_cancelling_twice_is_no_later_than_once_but_a_finished_video_is"),
    "TwoSources": (REQUESTS, "test_a_file_sent_with_the_command_is_remixed"),
    "VideoGone": (COPIES, "test_a_remix_can_be_repeated_and_its_source_is_copied_again_if_the_file_is_gone"),
    "VideoTooLong": (
        OWN_VIDEOS, "test_what_cannot_be_remixed_is_refused_before_anything_is_stored_for_a_remix_or_spent",
    ),
    "UndoOver": ("tests/remix/test_deletion.py", "test_the_undo_ends_and_belongs_to_the_requester_and_moderators"),
}  # fmt: skip
# General sentences: nothing but "I can't do that" and "returned an error".
NEVER_RAISED = {ProviderError}
GENERAL = {BadWish}


def shown() -> set[type[RetakeError]]:
    return {kind for kind in subclasses(RetakeError) if kind.__module__.startswith("bot.")}


def test_every_sentence_has_a_row_or_a_named_test() -> None:
    in_rows = {row.kind for row in ROWS}
    missing = shown() - in_rows - NEVER_RAISED - GENERAL
    assert {kind.__name__ for kind in missing} == ELSEWHERE.keys()


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_named_test_exists(name: str) -> None:
    file, function = ELSEWHERE[name]
    nodes = ast.walk(ast.parse((ROOT / file).read_text()))
    assert function in {node.name for node in nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


def test_the_most_general_provider_error_is_never_raised() -> None:
    built = [
        str(path)
        for path in (ROOT / "bot").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if (isinstance(node, ast.Call) and getattr(node.func, "id", "") == ProviderError.__name__)
        or (isinstance(node, ast.Raise) and getattr(node.exc, "id", "") == ProviderError.__name__)
    ]
    assert built == []
