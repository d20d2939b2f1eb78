from frappe.model.document import Document

from sales_crm_pm.loop import forecast


class SPMForecastSnapshot(Document):
	def on_trash(self):
		forecast.delete_entries(self.name)
