"""Names, numbers and addresses without their accidents, and the beginnings a record is found under."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sales_crm_pm.rules import identity, search_words

CHINESE = st.text("上海智造张三李四王伟华信银行重庆长安科技", min_size=1, max_size=12)


class TestCompanies:
	@pytest.mark.parametrize(
		("one", "other"),
		[
			("ACME  Robotics Co., Ltd.", "acme robotics"),
			("Müller & Söhne GmbH & Co. KG", "MULLER SOHNE"),
			("上海智造（集团）有限公司", "上海智造集团"),
			("ＡＣＭＥ　Ｌｔｄ", "Acme"),
			("Smith and Sons Inc", "Smith & Sons"),
			("北京华信科技股份有限公司", "北京华信科技"),
		],
	)
	def test_the_same(self, one, other):
		assert identity.company_key(one) == identity.company_key(other) != ""

	@pytest.mark.parametrize(
		("one", "other"),
		[("Cisco", "Cis"), ("Acme Group", "Acme"), ("Plant 1 Ltd", "Plant 2 Ltd"), ("上海智造", "北京智造")],
	)
	def test_not_the_same(self, one, other):
		assert identity.company_key(one) != identity.company_key(other)

	def test_a_name_that_is_nothing_but_a_legal_form_stays(self):
		assert identity.company_key("GmbH") == "gmbh" and identity.company_key("有限公司") != ""

	def test_an_admins_list_replaces_ours(self):
		assert identity.company_key("Acme Genossenschaft", ("Genossenschaft",)) == "acme"
		assert identity.company_key("Acme Ltd", ("Genossenschaft",)) == "acmeltd"

	@given(st.text(max_size=60))
	def test_a_key_is_its_own_key(self, name):
		key = identity.company_key(name)
		assert identity.company_key(key) in (key, identity.company_key(identity.company_key(key)))
		assert " " not in key

	@given(st.text("abcdefgh ", min_size=1, max_size=30))
	def test_case_spaces_and_legal_form_never_matter(self, name):
		assert identity.company_key(f"  {name.upper()} GmbH") in (identity.company_key(name), "gmbh")


class TestPhones:
	@pytest.mark.parametrize(
		("written", "key"),
		[
			("+49 (0)30 1234567", "301234567"),
			("0049301234567", "301234567"),
			("030 / 123 45 67", "301234567"),
			("+86 138 1234 5678", "13812345678"),
			("8613812345678", "13812345678"),
			("021-12345678 转 12", "2112345678"),
			("+1 (555) 123-4567 ext. 89", "5551234567"),
			("+420 601 234 567", "601234567"),
			("110", ""),
			("no phone", ""),
			(None, ""),
		],
	)
	def test_keys(self, written, key):
		assert identity.phone_key(written) == key

	@given(st.integers(10**7, 10**10), st.sampled_from(["49", "86", "1", "420", "44"]))
	def test_the_country_code_never_matters(self, number, code):
		plain = identity.phone_key(f"0{number}")
		assert identity.phone_key(f"+{code} {number}") == identity.phone_key(f"00{code}{number}") == plain


class TestAddresses:
	@pytest.mark.parametrize(
		("address", "key"),
		[
			("ada@mail.acme.co.uk", "acme.co.uk"),
			("https://www.acme.com/about?x=1", "acme.com"),
			("acme.com:8080", "acme.com"),
			("sales@shop.acme.com.cn", "acme.com.cn"),
			("someone@qq.com", ""),
			("someone@vip.qq.com", ""),
			("10.0.0.1", ""),
			("localhost", ""),
			("", ""),
		],
	)
	def test_domains(self, address, key):
		assert identity.domain_key(address) == key

	def test_mail_and_tax(self):
		assert identity.email_key(" Ada@ACME.com ") == "ada@acme.com"
		assert identity.email_key("nobody") == identity.email_key("a@b@c") == identity.email_key("@x") == ""
		assert identity.tax_key("91-3100 00MA1k") == "91310000MA1K" and identity.tax_key("1-2") == ""

	def test_people(self):
		assert identity.person_key("San, Zhang") == identity.person_key("zhang san")
		assert identity.person_key("Zhang San") != identity.person_key("Zhang Si")


class TestBeginnings:
	@pytest.mark.parametrize(
		("name", "beginnings"),
		[
			("张三", {"zs", "zhangsan", "张三", "三", "san"}),
			("重庆长安汽车", {"重庆长安汽车", "chongqingchanganqiche", "cqcaqc", "长安汽车", "caqc"}),
			("曾国藩", {"zgf", "cgf", "zengguofan"}),
			("单雄信", {"sxx", "shanxiongxin"}),
			("Acme 张", {"acme张", "acmezhang", "张"}),
			("Müller Robotics GmbH", {"mullerroboticsgmbh", "roboticsgmbh"}),
		],
	)
	def test_what_finds_a_name(self, name, beginnings):
		assert beginnings <= search_words.words_of(name)

	def test_no_company_is_found_by_its_legal_form(self):
		found = search_words.words_of("上海智造科技有限公司") | search_words.words_of("Acme Robotics Ltd")
		assert not [key for key in found if key.startswith(("有限", "youxian", "yx", "ltd"))]

	def test_turned_round(self):
		assert search_words.surname_first("三 张") == "张三"
		assert search_words.surname_first("Laura Stone") == search_words.surname_first("张三") == ""

	@given(CHINESE)
	def test_every_character_begins_something_and_keys_fit_their_column(self, name):
		found = search_words.words_of(name, ())
		for start in range(min(len(name), search_words.MOST_STARTS)):
			rest = name[start:]
			assert len(rest) == 1 or any(key.startswith(rest[:2]) for key in found), rest
		assert all(0 < len(key) <= search_words.LONGEST for key in found)

	@given(st.text(max_size=80))
	def test_whatever_is_typed(self, text):
		for alternatives in search_words.questions(text):
			assert alternatives and all(alternatives)

	def test_questions(self):
		assert search_words.questions("zhang san") == [["zhangsan"], ["zhang"], ["san"]]
		assert search_words.questions("Ada@Acme.com") == [["ada@acmecom", "ada@acme.com"]]
		assert search_words.questions("+49 30 1234567")[0][-1] == "301234567"
		assert search_words.questions("  ") == []
