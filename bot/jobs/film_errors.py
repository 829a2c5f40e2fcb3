"""Errors of films. The docstring is the message for people."""

from bot.jobs.errors import BadWish


class FilmTooShort(BadWish):
    """A film needs 2 to 8 videos. Choose them in video1, video2 and so on, or none to make new shots."""


class FilmShots(BadWish):
    """A film has 2 to 8 shots, one on each line; yours has {count}. Write one line for each shot."""


class FilmShotLength(BadWish):
    """The shots of a film have one length, so only the first may say --seconds. Leave it out of the others."""


class FilmModel(BadWish):
    """{model} can't begin a shot with the last frame of another one. Choose another model."""


class FilmOptions(BadWish):
    """The options model, aspect and seconds are for new shots. Leave them out, or leave out the videos."""


class FilmPriceRose(BadWish):
    """A shot costs ≈ {price} now, more than you confirmed. Press the button again if that's fine."""


class FilmMoved(BadWish):
    """This film has moved on: the question was answered, or the film was stopped or joined."""


class FilmPlaceUnknown(BadWish):
    """Discord didn't tell me where this film is made. Try the button again in a moment."""


class NotYourFilm(BadWish):
    """Only the member who ordered this film can decide about it."""


class FilmTooLong(BadWish):
    """These videos have {seconds} s together, and I join at most {limit} min. Leave some out."""


class FilmPartNotReady(BadWish):
    """{code} isn't finished yet. Wait until it's posted, then join it."""


class FilmPartGone(BadWish):
    """I can't get {code} any more, so I can't join these videos. Leave it out."""


class FilmNotJoined(BadWish):
    """I couldn't join these videos: one of them can't be decoded. Leave out one after the other to find it."""


class FilmIsFree(BadWish):
    """A film is joined, not made from a prompt, so it can't be made again. Use /film with the videos that you want."""
