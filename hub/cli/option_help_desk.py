"""Help of the options about an agency's own desk, in Vietnamese."""

from __future__ import annotations

from typing import Final

DESK: Final = {
    "A recipient; several.": "Một nơi nhận; lặp lại được.",
    "Came in, or went out.": "Sổ đến hoặc sổ đi.",
    "Due on this day or earlier.": "Hạn vào ngày này hoặc sớm hơn.",
    "Everybody of this group [truc groups]; several.": "Mọi nơi nhận của nhóm này [truc groups]; lặp lại được.",
    "Go on with this draft; what is left out stays.": "Sửa tiếp dự thảo này; phần không nêu giữ nguyên.",
    "Its notation.": "Ký hiệu.",
    "Its number.": "Số.",
    "Of this document alone.": "Chỉ của văn bản này.",
    "Recipient; several.": "Nơi nhận; lặp lại được.",
    "Until when an answer is asked for, as 2026-11-30.": "Hạn trả lời, như 2026-11-30.",
    "Until when, as 2026-11-30.": "Thời hạn, như 2026-11-30.",
    "What is right; several.": "Nội dung đúng; lặp lại được.",
    "What it is about.": "Trích yếu.",
    "Who directs.": "Lãnh đạo cho ý kiến.",
    "Who helps (phối hợp).": "Đơn vị, người phối hợp.",
    "Who is in charge (chủ trì).": "Đơn vị, người chủ trì.",
    "Why.": "Lý do.",
}
