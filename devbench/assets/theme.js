"use strict";
/** Compiles a Website Theme: the SCSS the framework composed becomes one CSS file. */

const fs = require("fs");
const path = require("path");
const { load, sass_options, node_modules } = require("./lib/bench");
const { paths_plugin } = require("./lib/plugins");

/**
 * Compile `scss` into the file `output`.
 *
 * @param {string} apps folder of the bench that holds the apps' source folders
 * @throws {Error} with the compiler's message
 */
async function compile(apps, output, scss) {
	const sources = fs.readdirSync(apps).map((name) => fs.realpathSync(path.join(apps, name)));
	const { css } = load("sass").compileString(scss, sass_options(sources));
	// Sass leaves imports of plain CSS alone; a browser could not follow them.
	const result = await load("esbuild").build({
		stdin: { contents: css, loader: "css", resolveDir: apps },
		bundle: true,
		write: false,
		minify: true,
		logLevel: "silent",
		nodePaths: [...sources, node_modules],
		plugins: [paths_plugin],
	});
	fs.mkdirSync(path.dirname(output), { recursive: true });
	fs.writeFileSync(output, result.outputFiles[0].contents);
}

/** `node generate_bootstrap_theme.js <output.css> <scss with \n for line ends>`, run in an app's source folder. */
function main() {
	const [output, scss] = process.argv.slice(2);
	compile(path.dirname(process.cwd()), output, scss.replace(/\\n/g, "\n")).catch((error) => {
		// The framework takes anything on the error stream for a failure and shows it.
		console.error(error.message);
		process.exitCode = 1;
	});
}

module.exports = { compile, main };
