frappe.ui.form.on("SPM Campaign", {
	async refresh(frm) {
		const holder = $(frm.fields_dict.qr_html.wrapper).empty();
		if (frm.is_new()) {
			holder.html(`<p class="text-muted">${__("Link and QR code are made when you save.")}</p>`);
			return;
		}
		const { message } = await frappe.call({
			method: "sales_crm_pm.api.v1.campaign.qr",
			type: "GET",
			args: { campaign: frm.doc.name },
		});
		holder.html(qr_card(message));
		holder.find("[data-do=copy]").on("click", () => frappe.utils.copy_to_clipboard(message.link));
		holder.find("[data-do=svg]").on("click", () =>
			download(`${frm.doc.campaign_code}.svg`, URL.createObjectURL(new Blob([message.svg], { type: "image/svg+xml" })))
		);
		holder.find("[data-do=png]").on("click", () => download_png(frm.doc.campaign_code, message.svg));
		frm.add_custom_button(__("Open Page"), () => window.open(message.link, "_blank", "noopener"));
		frm.add_custom_button(__("Conversion"), () =>
			frappe.set_route("query-report", "SPM Lead Conversion", { campaign: frm.doc.name })
		);
	},
});

function qr_card({ link, svg }) {
	// The picture comes from our own server and holds nothing but a path.
	return `<div class="spm-qr">
		${svg.replace(/<\?xml[^>]*>/, "")}
		<a class="spm-qr-link" href="${encodeURI(link)}" target="_blank" rel="noopener">${frappe.utils.escape_html(link)}</a>
		<div class="spm-qr-actions">
			<button type="button" class="btn btn-default btn-sm" data-do="copy">${__("Copy Link")}</button>
			<button type="button" class="btn btn-default btn-sm" data-do="png">PNG</button>
			<button type="button" class="btn btn-default btn-sm" data-do="svg">SVG</button>
		</div>
	</div>`;
}

function download(name, href) {
	const anchor = document.createElement("a");
	anchor.href = href;
	anchor.download = name;
	anchor.click();
}

/** Pixels for programs that know no SVG, large enough for a poster. */
function download_png(code, svg) {
	const size = 1200;
	const image = new Image();
	image.onload = () => {
		const canvas = document.createElement("canvas");
		canvas.width = canvas.height = size;
		const pen = canvas.getContext("2d");
		pen.imageSmoothingEnabled = false;
		pen.fillStyle = "#fff";
		pen.fillRect(0, 0, size, size);
		pen.drawImage(image, 0, 0, size, size);
		download(`${code}.png`, canvas.toDataURL("image/png"));
	};
	image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
}
