"""Build the gallery, the count of stars and the contests."""

from pathlib import Path

import discord

from bot.catalogue.offers import Offers
from bot.chat.contests.contest_posts import ContestPosts
from bot.chat.contests.contest_results import PostedResults
from bot.chat.contests.contests import Contests
from bot.chat.contests.entries import ContestEntries
from bot.chat.delivery.attachments import Attachments
from bot.chat.gallery.gallery import Gallery
from bot.chat.gallery.gallery_posts import GalleryPosts
from bot.chat.gallery.gallery_rules import GalleryRules
from bot.chat.gallery.stars import Stars
from bot.chat.permissions.video_access import VideoAccess
from bot.ordering.service import JobService
from bot.ports.clock import Clock
from bot.ports.job_store import JobStore
from bot.ports.repositories import Repositories


def build_gallery(
    client: discord.Client,
    *,
    store: JobStore,
    clock: Clock,
    offers: Offers,
    repositories: Repositories,
    job_service: JobService,
    attachments: Attachments,
    clips: Path,
    video_access: VideoAccess,
) -> tuple[Gallery, Stars, Contests]:
    gallery = Gallery(
        client,
        store=store,
        clock=clock,
        repositories=repositories,
        job_service=job_service,
        rules=GalleryRules(client, store=store, offers=offers, repositories=repositories),
        posts=GalleryPosts(client, attachments, clips),
    )
    entries = ContestEntries(client, store=store, repositories=repositories)
    stars = Stars(
        client, store=store, clock=clock, job_service=job_service, repositories=repositories, gallery=gallery,
        entries=entries,
    )  # fmt: skip
    contests = Contests(
        client, store=store, clock=clock, repositories=repositories, entries=entries,
        posts=ContestPosts(client, repositories.contests, clock), video_access=video_access, read_stars=stars.read,
        results=PostedResults(client, store=store, clock=clock, results=repositories.contest_results),
    )  # fmt: skip
    return gallery, stars, contests
