"""Pasted conversations of several messengers, in both languages, become the same thing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sales_crm_pm.rules import chat

NOW = datetime(2026, 3, 4, 15, 0)  # a Wednesday

WECHAT_MAIL = """微信聊天记录

————— 2026-03-03 —————

王建国  09:12

张经理,你好!
报价收到了吗?

张伟  09:15

收到,今天下午 3:30 前给您答复

————— 2026-03-04 —————

王建国  08:40

[图片]
"""
WECOM = """张伟 3/3 18:02:11
合同已经发您邮箱
王建国@微信 3/3 18:05:47
好的
我们约在 10:30
张伟 3/4 09:00:03
收到
"""
DINGTALK = """李娜 昨天 18:20
方案第二版已上传
陈工(研发部) 昨天 18:31
看过了,没问题
李娜 09:05
好,那就定稿
"""
WECHAT_COPY = """昨天 下午6:20
王建国:
付款条件能不能再谈?

张伟:
可以,30/40/30 怎么样

上午9:05
王建国:
行
"""
WHATSAPP_IOS = """[03/03/2026, 17:05:10] Laura Stone: Hi Tom, are the pumps still on time?
[03/03/2026, 17:06:02] Tom Baker: Yes: shipping on Friday.
Tracking follows.
\u200e[04/03/2026, 08:00:00] Laura Stone: \u200eimage omitted
"""
WHATSAPP_ANDROID = """3/3/26, 5:05 PM - Messages and calls are end-to-end encrypted.
3/3/26, 5:05 PM - Laura Stone: Hi Tom
3/3/26, 5:06 PM - Tom Baker: Hi
"""
WHATSAPP_WEB = """[17:05, 03/03/2026] Laura Stone: Hi Tom
[17:06, 03/03/2026] Tom Baker: Hi
"""
TEAMS = """Laura Stone  Yesterday 5:05 PM
Can we move the kick-off?

Tom Baker  Yesterday 5:06 PM
Sure, to Monday.

Laura Stone  9:00 AM
Thanks
"""
TELEGRAM = """Laura Stone, [03.03.2026 17:05]
Hi Tom

Tom Baker, [03.03.2026 17:06]
Hi
"""
LINE_BY_LINE = """2026-03-03 17:05 张伟: 在吗
2026-03-03 17:06 王建国: 在
"""
QQ = """2026-03-03 17:05:10 张伟
在吗
2026-03-03 17:06:20 王建国
在的
"""
PLAIN = """Laura: Are you there?
Tom: Yes
Laura: Great, see http://example.com:80/x
"""
ENGLISH_DATES = """Laura Stone Mar 3, 2026 at 5:05 PM
Hi
Tom Baker Tuesday 5:06 PM
Hello
"""

TABLE = [
	(WECHAT_MAIL, ["王建国", "张伟", "王建国"], "2026-03-03 09:12", "2026-03-04 08:40", "WeChat"),
	(WECOM, ["张伟", "王建国", "张伟"], "2026-03-03 18:02:11", "2026-03-04 09:00:03", "WeCom"),
	(DINGTALK, ["李娜", "陈工(研发部)", "李娜"], "2026-03-03 18:20", "2026-03-04 09:05", "WeChat"),
	(WECHAT_COPY, ["王建国", "张伟", "王建国"], "2026-03-03 18:20", "2026-03-04 09:05", "WeChat"),
	(WHATSAPP_IOS, ["Laura Stone", "Tom Baker", "Laura Stone"], "2026-03-03 17:05:10", "2026-03-04 08:00", "Message"),
	(WHATSAPP_ANDROID, ["Laura Stone", "Tom Baker"], "2026-03-03 17:05", "2026-03-03 17:06", "Message"),
	(WHATSAPP_WEB, ["Laura Stone", "Tom Baker"], "2026-03-03 17:05", "2026-03-03 17:06", "Message"),
	(TEAMS, ["Laura Stone", "Tom Baker", "Laura Stone"], "2026-03-03 17:05", "2026-03-04 09:00", "Message"),
	(TELEGRAM, ["Laura Stone", "Tom Baker"], "2026-03-03 17:05", "2026-03-03 17:06", "Message"),
	(LINE_BY_LINE, ["张伟", "王建国"], "2026-03-03 17:05", "2026-03-03 17:06", "Message"),
	(QQ, ["张伟", "王建国"], "2026-03-03 17:05:10", "2026-03-03 17:06:20", "WeChat"),
	(PLAIN, ["Laura", "Tom", "Laura"], None, None, "WeChat"),
	(ENGLISH_DATES, ["Laura Stone", "Tom Baker"], "2026-03-03 17:05", "2026-03-03 17:06", "Message"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "senders", "started", "ended", "channel"), TABLE)
def test_every_shape_is_read(text, senders, started, ended, channel):
	found = chat.read(text, NOW)
	assert [m.sender for m in found.messages] == senders
	assert found.started == (datetime.fromisoformat(started) if started else None)
	assert found.ended == (datetime.fromisoformat(ended) if ended else None)
	assert found.channel == channel
	assert dict(found.participants) == {name: senders.count(name) for name in senders}


def test_texts_keep_their_lines_and_their_colons():
	assert chat.read(WECHAT_MAIL, NOW).messages[0].text == "张经理,你好!\n报价收到了吗?"
	assert chat.read(WHATSAPP_IOS, NOW).messages[1].text == "Yes: shipping on Friday.\nTracking follows."
	assert chat.read(WECOM, NOW).messages[1].text == "好的\n我们约在 10:30"
	assert chat.read(PLAIN, NOW).messages[2].text == "Great, see http://example.com:80/x"


@pytest.mark.parametrize(
	("head", "moment"),
	[
		("今天 09:05", "2026-03-04 09:05"),
		("今天 上午9:05", "2026-03-04 09:05"),
		("昨天 下午 6:20", "2026-03-03 18:20"),
		("前天 晚上11:59", "2026-03-02 23:59"),
		("昨天 凌晨12:10", "2026-03-03 00:10"),
		("昨天 中午12:10", "2026-03-03 12:10"),
		("昨天 中午1:10", "2026-03-03 13:10"),
		("星期一 10:00", "2026-03-02 10:00"),
		("周三 10:00", "2026-02-25 10:00"),
		("2025年12月31日 23:59", "2025-12-31 23:59"),
		("12月31日 23:59", "2025-12-31 23:59"),
		("2/29 08:00", "2024-02-29 08:00"),
		("2026/3/1 8:00:01", "2026-03-01 08:00:01"),
		("Yesterday 12:10 AM", "2026-03-03 00:10"),
		("yesterday at 12:10 pm", "2026-03-03 12:10"),
		("Mon 10:00 a.m.", "2026-03-02 10:00"),
		("Feb 1 10:00", "2026-02-01 10:00"),
		("1 Feb 2025, 10:00", "2025-02-01 10:00"),
		("14:30", "2026-03-04 14:30"),
		("16:30", "2026-03-03 16:30"),
	],
)
def test_days_are_told_from_the_moment_of_pasting(head, moment):
	found = chat.read(f"王建国 {head}\n好", NOW)
	assert found.started == datetime.fromisoformat(moment), found


def test_13_tells_the_day_from_the_month():
	british = "[13/03/2025, 10:00] A: x\n[01/04/2025, 10:00] A: y"
	american = "[03/13/2025, 10:00] A: x\n[04/01/2025, 10:00] A: y"
	for text in (british, american):
		assert [m.at for m in chat.read(text, NOW).messages] == [
			datetime(2025, 3, 13, 10),
			datetime(2025, 4, 1, 10),
		]


def test_times_without_a_day_cross_midnight_backwards():
	found = chat.read("张伟 23:50\n睡了吗\n\n王建国 00:10\n没有", NOW)
	assert [m.at for m in found.messages] == [datetime(2026, 3, 3, 23, 50), datetime(2026, 3, 4, 0, 10)]


@pytest.mark.parametrize(
	"text",
	[
		"",
		"   \n\n",
		"客户今天来电,要求降价 5%",
		"Note: call back on Monday",
		"明天 10:30 开会\n记得带样品",
		"http://a:80/b\nx: y",
	],
)
def test_what_is_no_conversation_is_none(text):
	assert chat.read(text, NOW).count == 0


def test_recalled_messages_and_notices_are_left_out():
	found = chat.read("王建国 10:00\n你好\n王建国撤回了一条消息\n\n张伟 10:01\n在", NOW)
	assert [m.text for m in found.messages] == ["你好", "在"]


def test_the_same_conversation_is_known_again_a_day_later():
	later = NOW + timedelta(days=1)
	today = chat.read(DINGTALK, NOW)
	dated = DINGTALK.replace("昨天", "3月3日").replace("李娜 09:05", "李娜 3月4日 09:05")
	assert chat.read(dated, later).fingerprint == today.fingerprint
	assert chat.read(DINGTALK.replace("定稿", "再改"), NOW).fingerprint != today.fingerprint
	# A single "ok" of another day is another conversation.
	ok = "李娜 3月3日 09:05\n好"
	assert chat.read(ok, NOW).fingerprint != chat.read(ok.replace("3月3日", "3月2日"), NOW).fingerprint


NAMES = st.sampled_from(["王建国", "Laura Stone", "陈工(研发部)", "Tom"])
WORDS = st.text(alphabet="abc 你好吗,报价ok!?", min_size=1, max_size=30).filter(lambda s: s.strip())
MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2026, 3, 4)).map(
	lambda m: m.replace(second=0, microsecond=0)
)
TALK = st.lists(st.tuples(NAMES, MOMENTS, WORDS), min_size=1, max_size=8).map(
	lambda rows: sorted(rows, key=lambda r: r[1])
)
SHAPES = {
	"wecom": lambda n, m, t: f"{n} {m:%Y/%m/%d %H:%M}\n{t}",
	"mail": lambda n, m, t: f"————— {m:%Y-%m-%d} —————\n\n{n}  {m:%H:%M}\n\n{t}\n",
	"whatsapp": lambda n, m, t: f"[{m:%Y-%m-%d}, {m:%H:%M}] {n}: {t}",
	"chinese": lambda n, m, t: (
		f"{n} {m.year}年{m.month}月{m.day}日 {'上午' if m.hour < 12 else '下午'}{m.hour % 12 or 12}:{m:%M}\n{t}"
	),
	"plain": lambda n, m, t: f"{m:%Y-%m-%d %H:%M} {n}: {t}",
}


@settings(max_examples=60, deadline=None)
@given(TALK, st.sampled_from(sorted(SHAPES)))
def test_what_was_written_is_read_in_every_shape(talk, shape):
	text = "\n".join(SHAPES[shape](*row) for row in talk)
	found = chat.read(text, NOW)
	assert [(m.sender, m.at, " ".join(m.text.split())) for m in found.messages] == [
		(name, moment, " ".join(words.split())) for name, moment, words in talk
	]
	assert found.started == talk[0][1] and found.ended == talk[-1][1]
	assert found.fingerprint == chat.read(text, NOW).fingerprint


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="王: 10:3\n昨天下午[]-,/. aAm—2026", max_size=200))
def test_no_text_breaks_it_and_counts_agree(text):
	found = chat.read(text, NOW)
	assert sum(count for _name, count in found.participants) == found.count
	assert all(m.sender and m.text for m in found.messages)
	assert found.minutes >= 0 and (found.count == 0) == (found.transcript == "")
