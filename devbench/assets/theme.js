"use strict";
/**
 * Compile a Website Theme: `node generate_bootstrap_theme.js <output.css> <scss with \n for line ends>`.
 *
 * The framework runs this in its source folder when a Website Theme is saved and takes anything on the
 * error stream for a failure. The asset build puts a copy there, beside a link to node_modules.
 */

const fs = require("fs");
const path = require("path");
const { pathToFileURL } = require("url");
const sass = require("sass");

const [output, content] = process.argv.slice(2);
const modules = path.join(__dirname, "node_modules");
const apps_folder = path.resolve(__dirname, "..");
const apps = fs.readdirSync(apps_folder).map((name) => path.join(apps_folder, name));

const importer = {
	findFileUrl(url) {
		const match = /^(?:~|\w+\/public\/node_modules\/)(.+)$/.exec(url);
		return match ? pathToFileURL(path.join(modules, match[1])) : null;
	},
};

try {
	const { css } = sass.compileString(content.replace(/\\n/g, "\n"), {
		importers: [importer],
		loadPaths: [...apps, modules],
		logger: sass.Logger.silent,
		style: "compressed",
		charset: false,
	});
	fs.mkdirSync(path.dirname(output), { recursive: true });
	fs.writeFileSync(output, css);
} catch (error) {
	console.error(error.message);
	process.exitCode = 1;
}
