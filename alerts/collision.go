package alerts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"journeybot/journey"
)

// Clearance is what people decided about selling to an account at risk. The zero Clearance: nothing yet.
type Clearance struct {
	Risks      []string // ids of risk alerts that do not hold this one any more
	ReservedBy string   // Slack user id of who waits for the end of the hold; "" for nobody
}

// Weight is how much an open risk weighs against selling to its account.
type Weight int

// The weights.
const (
	Weightless Weight = iota
	Marks             // whoever sells should know of it
	Holds             // nobody sells before its owner says so
)

// detractorFresh is how long a bad answer weighs.
const detractorFresh = 14 * day

// Upsells reports whether alerts of this kind lead to a sales conversation.
func (k Kind) Upsells() bool { return k == PQL || k == UsageLimit }

// Weighs reports whether alerts of this kind can stand against one.
func (k Kind) Weighs() bool { return k == HealthShift || k == Support || k == Feedback }

// Weigh says how much a risk alert weighs against selling to its account at now.
func (r *Rules) Weigh(risk Alert, now time.Time) Weight {
	if r.Guards.Collision == CollisionOff || !risk.Status.Live() || risk.Polarity != Risk {
		return Weightless
	}
	f := risk.Facts
	switch {
	case f.Health != nil && (f.Health.To == journey.HealthRed || risk.Severity >= High):
		return Holds
	case f.Health != nil:
		return Marks
	case f.Support != nil && r.Thresholds.Support.urgent(f.Support.Priority):
		return Holds
	case f.Survey != nil && now.Sub(risk.SignalAt) <= detractorFresh:
		return Holds
	}
	return Weightless
}

// weighed is a risk that stands against an upsell.
type weighed struct {
	Alert
	weight Weight
}

// against is the heaviest open risk that somebody else owns and nobody cleared for this upsell; the zero one when there is none.
func (r *Rules) against(ws *WorkingSet, upsell Alert, now time.Time) weighed {
	var worst weighed
	for _, a := range ws.Live {
		if a.Account != upsell.Account || !a.Kind.Weighs() || sameOwner(*a, upsell) {
			continue
		}
		w := weighed{*a, r.Weigh(*a, now)}
		if slices.Contains(upsell.Clearance.Risks, a.ID) {
			w.weight = min(w.weight, Marks)
		}
		if w.weight > worst.weight || w.weight == worst.weight && w.weight > Weightless && w.before(worst, upsell.Hold.By) {
			worst = w
		}
	}
	return worst
}

// before orders risks that weigh the same: the one that holds already, then the older one.
func (w weighed) before(other weighed, holder string) bool {
	if (w.ID == holder) != (other.ID == holder) {
		return w.ID == holder
	}
	return cmp.Or(w.OpenedAt.Compare(other.OpenedAt), strings.Compare(w.ID, other.ID)) < 0
}

// sameOwner tells that nobody would have to wait for anybody else.
func sameOwner(a, b Alert) bool {
	return a.Owner != "" && a.Owner == b.Owner || a.OwnerRef != "" && journey.Fold(a.OwnerRef) == journey.Fold(b.OwnerRef)
}

// Collide brings the opportunities of an account in line with its risks: holds those that collide, releases those whose risk
// has ended, and has the others drawn with what stands beside them. What is in line already stays as it is, so it may run at
// any time, in any replica.
func (r *Rules) Collide(ws *WorkingSet, account string, now time.Time) {
	var upsells []*Alert
	for _, a := range ws.Live {
		if a.Account == account && a.Kind.Upsells() {
			upsells = append(upsells, a)
		}
	}
	slices.SortFunc(upsells, func(a, b *Alert) int { return strings.Compare(a.ID, b.ID) })
	for _, a := range upsells {
		c := r.begin(*a, Input{Origin: "guard"}, now)
		c.collide(r.against(ws, *a, now), ws)
		if c.res.Changed() {
			ws.record(c)
		}
	}
}

func (c *change) collide(risk weighed, ws *WorkingSet) {
	holds := risk.weight == Holds && c.r.Guards.Collision == CollisionHold
	held := c.a.Hold.Reason == HoldCollision
	switch {
	case held && holds && risk.ID != c.a.Hold.By:
		c.heldBy(risk, c.a.Hold.Until, ws)
	case held && !holds:
		c.free("the risk is over")
		c.a.Hold.By = risk.ID
	case held, c.a.Hold.Reason != HoldNone:
	case holds && c.mayWait():
		until := c.r.Calendars[c.r.Guards.Calendar].Add(c.now, c.r.Guards.HoldFor)
		c.heldBy(risk, until, ws)
	case risk.ID != c.a.Hold.By:
		c.beside(risk)
	}
}

// mayWait tells an upsell that somebody would be pinged for from one that only the digest names, or that is in good hands.
func (c *change) mayWait() bool {
	return c.a.Severity > Low && c.a.Severity < Critical && (c.a.Status == Open || c.a.Status == Snoozed)
}

// beside notes the risk that the card names; the zero one for none. Who is on the upsell already hears of a grave one.
func (c *change) beside(risk weighed) {
	c.a.Hold.By = risk.ID
	if risk.weight == Holds && c.a.Status == Acknowledged {
		c.tellOwner("beside", c.name()+": "+c.r.hazard(risk.Alert)+" is open. Talk to "+c.waitsFor(risk.Alert)+" before you go on.")
	}
	c.redraw(PriorityPost)
}

// heldBy makes the upsell wait for a risk, and tells both owners.
func (c *change) heldBy(risk weighed, until time.Time, ws *WorkingSet) {
	c.hold(Hold{Reason: HoldCollision, Until: until, By: risk.ID})
	c.did(DidHold, EntryData{Note: string(HoldCollision), Target: risk.ShortID, Until: until})
	if !c.a.OpenedAt.Equal(c.now) { // the first card says it itself
		c.tellOwner("hold", c.name()+": "+c.about()+" is on hold. "+capitalized(c.r.hazard(risk.Alert))+" is open; "+c.waitsFor(risk.Alert)+" can clear it.")
	}
	c.ask(risk.Alert, ws)
	c.redraw(c.urgency())
}

// ask puts the question to whoever owns the risk, in its thread; by direct message too while its card is not shown.
func (c *change) ask(risk Alert, ws *WorkingSet) {
	who := c.seller(ws)
	text := c.name() + " looks ready to buy (" + c.about() + "). " + capitalized(who) + " is waiting for you."
	if c.a.Kind != PQL {
		text = c.name() + ": " + c.about() + " is a reason to talk about a larger plan. " + capitalized(who) + " is waiting for you."
	}
	n := Notice{Text: text, AlertID: risk.ID, Waits: c.a.ID, Mention: risk.Owner}
	if n.Mention == "" && strings.HasPrefix(risk.OwnerRef, "group:") {
		n.Mention = risk.OwnerRef
	}
	place := Place{Kind: PingMessage, Subject: risk.ID, Slot: "waits:" + c.a.ID, Priority: c.urgency()}
	if len(risk.Channels) > 0 {
		place.Target, place.Hold = Target(risk.Channels[0]), risk.Hold.Hidden()
		c.place(place, n)
	}
	if isPerson(risk.Owner) && (place.Target == "" || place.Hold != "") {
		place.Target, place.Hold, n.Mention = Target("@"+risk.Owner), "", ""
		c.place(place, n)
	}
}

func (c *change) place(p Place, n Notice) {
	n.Asked = c.in.By.UserID != ""
	p.Body, p.DueAt = n.body(), c.dueIn(p.Target)
	c.res.Places = append(c.res.Places, p)
}

// seller is who waits, by name when somebody knows it.
func (c *change) seller(ws *WorkingSet) string {
	for _, p := range ws.People {
		if p.UserID == c.a.Owner && p.Name != "" {
			return plain(p.Name)
		}
	}
	switch {
	case isPerson(c.a.Owner):
		return "<@" + c.a.Owner + ">"
	case strings.Contains(c.a.OwnerRef, ":@"), c.a.OwnerRef == "":
		return "sales"
	}
	return plain(c.a.OwnerRef)
}

// waitsFor is who can clear a risk, for a notice.
func (c *change) waitsFor(risk Alert) string {
	switch {
	case isPerson(risk.Owner):
		return "<@" + risk.Owner + ">"
	case risk.OwnerRef != "":
		return plain(strings.TrimPrefix(risk.OwnerRef, "group:"))
	}
	return "its owner"
}

// hazard names a risk in a sentence: "a red health alert (A-5F1)".
func (r *Rules) hazard(risk Alert) string { return plain(Hazard(risk) + " (" + risk.ShortID + ")") }

// Hazard says what a risk alert is, as in "a red health alert".
func Hazard(risk Alert) string {
	f := risk.Facts
	switch {
	case f.Health != nil && f.Health.To == journey.HealthYellow && risk.Severity < High:
		return "a yellow health alert"
	case f.Health != nil:
		return "a red health alert"
	case f.Support != nil:
		return strings.TrimSpace("an urgent ticket " + f.Support.Ticket)
	case f.Survey != nil:
		return fmt.Sprintf("a fresh detractor (%s %s)", strings.ToUpper(f.Survey.Survey), decimal(f.Survey.Score))
	}
	return "an open risk"
}

func capitalized(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

// free ends a collision's hold: the escalation starts, and who waits hears of it.
func (c *change) free(why string) {
	if c.in.By.UserID != "" {
		why = c.actor() + " cleared it"
	}
	c.a.Clearance.ReservedBy = ""
	_ = c.release() // never fails
	if c.a.Status.Live() {
		c.tellOwner("free", c.name()+": "+c.about()+" is free to sell, "+why+".")
	}
}

// ErrOwnHold is returned when whoever wants to sell would lift the hold that others put on it.
var ErrOwnHold = errors.New("who waits for a hold cannot lift it")

// clear lets sales go on although the risk is open.
func (c *change) clear() error {
	if c.a.Hold.Reason != HoldCollision {
		return nil
	}
	if c.in.By.UserID != "" && (c.in.By.UserID == c.a.Owner || c.in.By.UserID == c.a.Clearance.ReservedBy) {
		return ErrOwnHold
	}
	by := c.a.Hold.By
	c.a.Clearance.Risks = append(slices.Clone(c.a.Clearance.Risks), by)
	c.did(DidClear, EntryData{})
	c.free("cleared")
	c.a.Hold.By = by
	return nil
}

// keep confirms a hold: who waits hears that somebody has looked.
func (c *change) keep() error {
	if c.a.Hold.Reason != HoldCollision {
		return nil
	}
	c.did(DidKeep, EntryData{Until: c.a.Hold.Until})
	c.tellOwner("keep", c.actor()+" keeps "+c.name()+": "+c.about()+" on hold.")
	return nil
}

// askFor asks Input.User, who owns the risk, to decide.
func (c *change) askFor() error {
	if c.a.Hold.Reason != HoldCollision {
		return nil
	}
	n := Notice{Text: c.actor() + " asks about " + c.name() + ": " + c.about() + ". May sales go on?", AlertID: c.a.ID, Waits: c.a.ID}
	place := Place{Kind: PingMessage, Subject: c.a.ID, Slot: "ask:" + c.in.By.UserID, Priority: PriorityClick}
	switch {
	case isPerson(c.in.User.UserID) && c.in.User.UserID != c.in.By.UserID:
		place.Target = Target("@" + c.in.User.UserID)
	case len(c.a.Channels) > 0:
		place.Target, n.Mention = Target(c.a.Channels[0]), cmp.Or(c.in.User.UserID, c.r.Fallback.Owner)
	default:
		return nil
	}
	c.place(place, n)
	c.did(DidAsk, EntryData{User: c.in.User.UserID, UserName: c.in.User.Name})
	return nil
}

// reserve makes the presser the one whom a held upsell waits for; the first one keeps it unless over.
func (c *change) reserve(over bool) error {
	by := c.in.By.UserID
	switch {
	case by == "" || by == c.a.Clearance.ReservedBy:
		return nil
	case c.a.Clearance.ReservedBy != "" && !over:
		return &TakenError{By: Actor{UserID: c.a.Clearance.ReservedBy}}
	}
	c.own(by)
	c.a.Clearance.ReservedBy = by
	c.tellDisplaced()
	c.did(DidReserve, EntryData{User: c.displaced()})
	c.redraw(PriorityClick)
	c.out(outAssigned)
	return nil
}

// lapse ends a hold that lasted its longest: the lead decides from here.
func (c *change) lapse() error {
	by := c.a.Hold.By
	c.a.Clearance.Risks = append(slices.Clone(c.a.Clearance.Risks), by)
	c.free("the hold lasted its longest")
	c.a.Hold.By = by
	c.mention(c.r.Fallback.Owner, "lapse", c.name()+": "+c.about()+" waited "+span(c.r.Guards.HoldFor, c.working())+
		" and the risk is still open. It is yours to decide whether sales goes on.")
	return nil
}

// working is the word before days that a calendar counts.
func (c *change) working() string {
	if c.r.Calendars[c.r.Guards.Calendar].Zone != nil {
		return "working "
	}
	return ""
}
