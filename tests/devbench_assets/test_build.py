"""Bundles: what goes into them, what is left alone, and how a broken source is told."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from devbench import assets, paths

pytestmark = pytest.mark.skipif(
	not shutil.which("node") or not paths.NODE_MODULES.is_dir(), reason="devbench's npm packages are missing"
)

SOURCES = {
	"js/shop.bundle.js": """
		import { createApp } from "vue";
		import Panel from "./Panel.vue";
		import "./row.html";
		window.shop = { createApp, Panel };
	""",
	"js/Panel.vue": """
		<script setup>
		import { ref } from "vue";
		const count = ref(3);
		</script>
		<template><button class="panel">{{ count }}</button></template>
		<style lang="scss" scoped>
		@import "./colours";
		.panel { color: $brand; }
		</style>
	""",
	"js/_colours.scss": "$brand: #123456;",
	"js/row.html": "<div>\n\t<!-- not shipped -->\n\t{{ doc.name }} isn't `quoted`\n</div>",
	"scss/shop.bundle.scss": """
		@import "shop/public/js/colours";
		@import "~bootstrap/scss/functions";
		.shop { margin-left: 3px; background: url("/assets/shop/images/a.svg"); color: $brand; }
	""",
	"images/a.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>",
}

# Runs a bundle in an empty browser and reports what it did to the page.
RUNNER = """
const fs = require("fs"), vm = require("vm");
const styles = [];
const window = { frappe: { templates: {} } };
const document = {
	head: { appendChild: (element) => styles.push(element.textContent) },
	createElement: () => ({ dataset: {} }),
};
vm.runInNewContext(fs.readFileSync(process.argv[1], "utf8"), {
	window, document, frappe: window.frappe, navigator: {}, console,
});
const { Panel } = window.shop;
console.log(JSON.stringify({
	styles, templates: window.frappe.templates, scope: Panel.__scopeId, setup: typeof Panel.setup,
}));
"""


class Shop:
	"""A bench with one app, `shop`, and the build run on it."""

	def __init__(self, folder):
		self.sites = folder / "sites"
		self.public = folder / "apps" / "shop" / "shop" / "public"
		self.sites.mkdir()
		(self.sites / "apps.txt").write_text("shop\n")
		for name, text in SOURCES.items():
			self.write(name, text)

	def write(self, name, text):
		file = self.public / name
		file.parent.mkdir(parents=True, exist_ok=True)
		file.write_text(text)

	def run(self, *flags):
		command = ["node", str(assets.SOURCE / "build.js"), "--sites", str(self.sites), *flags]
		return subprocess.run(
			command, env=assets.node_environment(), capture_output=True, text=True, timeout=120, check=False
		)

	def build(self, *flags):
		result = self.run(*flags)
		assert result.returncode == 0, result.stderr
		return result.stdout

	def map(self, name="assets.json"):
		return json.loads((self.sites / "assets" / name).read_text())

	def file(self, key):
		urls = {**self.map(), **self.map("assets-rtl.json")}
		return self.sites / urls[key].lstrip("/")


@pytest.fixture
def shop(tmp_path):
	return Shop(tmp_path)


def test_bundles_are_built_outside_the_app(shop):
	before = sorted(p.relative_to(shop.public) for p in shop.public.rglob("*"))
	shop.build()

	assert set(shop.map()) == {"shop.bundle.js", "shop.bundle.css"}
	assert set(shop.map("assets-rtl.json")) == {"rtl_shop.bundle.css"}
	assert sorted(p.relative_to(shop.public) for p in shop.public.rglob("*")) == before
	# what the app serves as it is stays reachable beside the bundles
	assert (shop.sites / "assets/shop/images/a.svg").read_text() == SOURCES["images/a.svg"]


def test_script_carries_templates_components_and_their_styles(shop):
	shop.build()
	answer = subprocess.run(
		["node", "-e", RUNNER, str(shop.file("shop.bundle.js"))], capture_output=True, text=True, check=True
	)
	page = json.loads(answer.stdout)

	assert page["templates"] == {"row": "<div>  {{ doc.name }} isn't `quoted` </div>"}
	assert page["setup"] == "function"
	assert len(page["styles"]) == 1
	assert page["styles"][0].strip() == f".panel[{page['scope']}]{{color:#123456}}"


def test_styles_find_apps_and_npm_and_mirror_for_right_to_left(shop):
	shop.build()
	css = shop.file("shop.bundle.css").read_text()

	assert "margin-left:3px" in css and "color:#123456" in css
	assert "url(/assets/shop/images/a.svg)" in css
	assert "margin-right:3px" in shop.file("rtl_shop.bundle.css").read_text()


def test_only_what_changed_is_built_again(shop):
	assert "2 bundles built" in shop.build()
	assert "unchanged" in shop.build()

	first = shop.map()
	shop.write("js/row.html", "<p>new</p>")
	assert "1 bundle built" in shop.build()
	assert shop.map()["shop.bundle.js"] != first["shop.bundle.js"]
	assert shop.map()["shop.bundle.css"] == first["shop.bundle.css"]
	# a page that is still open asks for the script it was loaded with
	assert (shop.sites / first["shop.bundle.js"].lstrip("/")).is_file()

	# a partial that both import: through the component's style and through the app's name
	shop.write("js/_colours.scss", "$brand: #abcdef;")
	assert "2 bundles built" in shop.build()
	assert "#abcdef" in shop.file("shop.bundle.css").read_text()
	assert "#abcdef" in shop.file("shop.bundle.js").read_text()


def test_removed_and_lost_bundles(shop):
	shop.build()
	shop.file("shop.bundle.css").unlink()
	assert "1 bundle built" in shop.build()

	(shop.public / "js/shop.bundle.js").unlink()
	shop.build()
	assert set(shop.map()) == {"shop.bundle.css"}


@pytest.mark.parametrize(
	("name", "text", "told"),
	[
		("scss/shop.bundle.scss", ".shop { color: $nowhere; }", "shop.bundle.scss"),
		("js/shop.bundle.js", "import './missing.js';", "missing.js"),
		("js/Panel.vue", "<template><b></template>", "Panel.vue"),
	],
)
def test_broken_source_is_named_and_the_last_build_stays(shop, name, text, told):
	shop.build()
	good = shop.map()
	shop.write(name, text)

	result = shop.run()
	assert result.returncode == 1
	assert told in result.stderr
	assert "    at " not in result.stderr, "a person needs the place in the source, not a stack"
	assert shop.map() == good
	assert all((shop.sites / url.lstrip("/")).is_file() for url in good.values())


def test_two_sources_for_one_name_are_refused(shop):
	shop.write("other/shop.bundle.js", "")
	result = shop.run()
	assert result.returncode == 1
	assert "shop.bundle.js" in result.stderr and "rename" in result.stderr


@pytest.mark.parametrize(
	("output", "sentence"),
	[
		("npm error code ENOTFOUND", "cannot be reached"),
		("npm error code EINTEGRITY", "locked hash"),
		("npm error code ENOSPC", "disk is full"),
	],
)
def test_npm_failures_become_one_sentence(tmp_path, monkeypatch, output, sentence):
	"""A program that fails as npm does stands in for it; nothing half-made counts as installed."""
	programs = tmp_path / "bin"
	programs.mkdir()
	npm = programs / "npm"
	npm.write_text(f"#!/bin/sh\necho '{output}' >&2\nexit 1\n")
	npm.chmod(0o755)
	monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{os.environ['PATH']}")
	monkeypatch.setattr(paths, "NODE", tmp_path / "node")
	monkeypatch.setattr(paths, "NODE_MODULES", tmp_path / "node" / "node_modules")

	with pytest.raises(assets.AssetsError, match=sentence) as error:
		assets.install_packages()
	assert error.value.remedy
	assert not (tmp_path / "node" / "installed").exists()


def test_lock_file_carries_no_addresses():
	text = (assets.SOURCE / "package-lock.json").read_text()
	assert "://" not in text
	packages = json.loads(text)["packages"]
	assert all("integrity" in entry for name, entry in packages.items() if name)
