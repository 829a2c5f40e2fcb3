"""Build the gallery and the count of stars."""

from pathlib import Path

import discord

from bot.catalogue.offers import Offers
from bot.chat.delivery.attachments import Attachments
from bot.chat.gallery.gallery import Gallery
from bot.chat.gallery.gallery_posts import GalleryPosts
from bot.chat.gallery.gallery_rules import GalleryRules
from bot.chat.gallery.stars import Stars
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
) -> tuple[Gallery, Stars]:
    gallery = Gallery(
        client,
        store=store,
        clock=clock,
        repositories=repositories,
        job_service=job_service,
        rules=GalleryRules(client, store=store, offers=offers, repositories=repositories),
        posts=GalleryPosts(client, attachments, clips),
    )
    stars = Stars(client, store=store, clock=clock, job_service=job_service, repositories=repositories, gallery=gallery)
    return gallery, stars
