"use strict";

const os = require("os");
const path = require("path");
const { Worker } = require("worker_threads");

/** A few Sass threads that share one queue; they start with the first job. */
class SassPool {
	/** @param {string[]} load_paths folders in which imports such as `<app>/public/…` are looked up */
	constructor(load_paths) {
		this.load_paths = load_paths;
		this.size = Math.max(1, Math.min(4, os.cpus().length));
		this.idle = [];
		this.workers = [];
		this.queue = [];
		this.jobs = new Map();
		this.last_id = 0;
	}

	/**
	 * Compile a Sass file, or the text `source` as if it stood in `file`.
	 *
	 * @returns {Promise<{css: string, inputs: string[]}>} the CSS and every file it was made from
	 * @throws {Error} with Sass's own message when the source does not compile
	 */
	compile(file, source) {
		return new Promise((resolve, reject) => {
			const job = { id: ++this.last_id, file, source };
			this.jobs.set(job.id, { resolve, reject });
			this.queue.push(job);
			if (!this.idle.length && this.workers.length < this.size) this.idle.push(this.#start());
			this.#dispatch();
		});
	}

	#start() {
		const worker = new Worker(path.join(__dirname, "sass_worker.js"), {
			workerData: { load_paths: this.load_paths },
		});
		worker.on("message", (message) => {
			const { resolve, reject } = this.jobs.get(message.id);
			this.jobs.delete(message.id);
			this.idle.push(worker);
			this.#dispatch();
			if (message.error) reject(new Error(message.error));
			else resolve(message);
		});
		worker.on("error", (error) => {
			for (const { reject } of this.jobs.values()) reject(error);
			this.jobs.clear();
		});
		this.workers.push(worker);
		return worker;
	}

	#dispatch() {
		while (this.queue.length && this.idle.length) this.idle.pop().postMessage(this.queue.shift());
	}

	/** End the threads; a pool that never worked has none. */
	async close() {
		await Promise.all(this.workers.map((worker) => worker.terminate()));
	}
}

module.exports = { SassPool };
