package alerts

import "strings"

// Offer is what a notice lets its reader do about the alert at once. Notices are frozen: the buttons carry the alert's id and work
// whatever has become of it.
type Offer string

// The offers.
const (
	OfferAck      Offer = "ack"      // Acknowledge: nobody is on it
	OfferStillOn  Offer = "still_on" // Still on it, Snooze, Resolve: nothing was done for long
	OfferTakeOver Offer = "take"     // Take over: somebody else has it now
)

// offers are the offers of notices, by the beginning of their slot.
var offers = []struct {
	slot string
	Offer
}{{"assign", OfferAck}, {"step", OfferAck}, {"turn", OfferAck}, {"remind", OfferStillOn}, {"wake", OfferStillOn}, {"displaced", OfferTakeOver}}

// offer adds what the reader of a notice can do.
func (c *change) offer(n Notice, slot string) Notice {
	for _, o := range offers {
		if strings.HasPrefix(slot, o.slot) {
			n.Offer, n.Kind = o.Offer, c.a.Kind
		}
	}
	if n.Offer == OfferStillOn {
		n.Outcomes = c.r.Outcomes(c.a)
	}
	return n
}

// remark is the note that came with what somebody did, for a notice; "" for none.
func (c *change) remark() string {
	if c.in.Note == "" {
		return ""
	}
	return " “" + plain(c.in.Note) + "”"
}

// NeedsNote reports whether an outcome says too little without the reason.
func (o Outcome) NeedsNote() bool { return o == ChurnedOut || o == FalseAlarm || o == Disqualified }
