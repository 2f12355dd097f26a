"""Every page of the web channel under one router."""

from fastapi import APIRouter

from app.web import banks, chat, health, interviews, reference, sign_in, start, static_files

router = APIRouter()
for room in (health, sign_in, start, chat, interviews, banks, reference, static_files):
    router.include_router(room.router)
