package web_test

import "testing"

func TestFirst(t *testing.T) {
	w := newWorld(t)
	w.post("cs-alerts", "Medium: Initech at 90 %", "limit", "")
	w.post("cs-alerts", "High: Acme Corp", "alert", "")
	maria := w.visit(browser(t), "/client/maria/cs-alerts")
	maria.says(".message", "Acme Corp health 72")
	maria.picture("light")
	maria.click(`[data-action-id="alert.ack"] button`)
	maria.says(".message", "Maria is on it")
	maria.picture("acked")
}
