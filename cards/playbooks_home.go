package cards

import "journeybot/alerts"

// maxHomeTold is how many playbooks and rules the Home tab tells about: it sends people to the whole.
const maxHomeTold = 3

func (s Style) homePlaybooks(m *sheet, r alerts.PlaybookReport) {
	if len(r.Playbooks) == 0 {
		return
	}
	m.header("playbooks", "Playbooks in the last "+days(r.Days))
	lines := make([]mrkdwn, 0, maxHomeTold)
	for _, t := range r.Playbooks[:min(len(r.Playbooks), maxHomeTold)] {
		line := count(t.Runs, "run", "runs") + ", " + finishedIn(t)
		if t.Compared.Enough {
			line = join(". ", line, compared(t.Compared))
		}
		lines = append(lines, bold(esc(outside(t.Name, nameWidth)))+" "+esc(line))
	}
	m.section("playbooks:all", button(ActionRun, "All playbooks", "playbooks"), lines...)
}

// homeRules shows operators the rules that ask for a second look.
func (s Style) homeRules(m *sheet, r *alerts.RuleReport) {
	if r == nil || len(r.Rules) == 0 {
		return
	}
	m.header("rules", "Rules in the last "+days(r.Days))
	proposed := r.Proposed()
	lines := make([]mrkdwn, 0, maxHomeTold)
	for _, t := range proposed[:min(len(proposed), maxHomeTold)] {
		lines = append(lines, bold(esc(ruleName(t)))+" "+esc(propose(t)))
	}
	if len(lines) == 0 {
		lines = append(lines, esc(count(len(r.Rules), "rule", "rules")+" sent alerts; none stands out."))
	}
	m.section("rules:all", button(ActionRun, "Report card", "playbooks rules"), lines...)
}
