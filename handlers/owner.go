package handlers

import (
	"context"
	"errors"
	"net/mail"
	"slices"
	"strconv"
	"strings"

	"github.com/slack-go/slack"
	"github.com/slack-go/slack/slackevents"

	"journeybot/alerts"
	"journeybot/cards"
	"journeybot/journey"
)

// OwnerStore keeps who owns what, and which accounts there are. storage.Store implements it.
type OwnerStore interface {
	Link(ctx context.Context, address, userID string, by alerts.Actor) error
	Linked(ctx context.Context, address string) (userID string, err error)
	WaitingFor(ctx context.Context, address string) ([]string, error)
	Addresses(ctx context.Context, userID string) ([]string, error)
	OwnedBy(ctx context.Context, userID string, addresses []string) ([]string, error)
	HandOver(ctx context.Context, req alerts.HandoverRequest, accounts []string, everywhere bool, apply func(*alerts.WorkingSet)) error
	AccountStore
}

// AccountStore changes accounts as a whole. storage.Store implements it.
type AccountStore interface {
	Reconsider(ctx context.Context, accounts []string, apply func(*alerts.WorkingSet)) error
	MergeAccounts(ctx context.Context, old, into string, apply func(*alerts.WorkingSet)) error
}

// ownerActions are about who owns what.
func ownerActions() map[string]action { return nil }

// ownerEvents keep the people whom the directory knows as they are in Slack.
func ownerEvents() map[string]slackEvent {
	return map[string]slackEvent{string(slackevents.UserChange): (*Slack).personChanged}
}

// ownerVerbs are sub-commands.
func ownerVerbs() map[string]verb {
	return map[string]verb{
		"link": {
			hear: (*Slack).link, usage: "link <e-mail> [@user]", does: "says which Slack user has an owner's e-mail address",
			example: "link maria@example.com",
		},
		"handover": {
			hear: (*Slack).handover, usage: "handover @from @to [account …]",
			does: "gives somebody's accounts and live alerts to somebody else", example: "handover @maria @ben",
		},
		"merge": {
			hear: (*Slack).merge, usage: "merge <old> into <new>", does: "makes one account of two; the old id goes on working",
			example: "merge acme-old into acme",
		},
		"rename": {hear: (*Slack).rename, usage: "rename <account> to <name>", does: "gives an account another name", example: "rename acme to Acme Holding"},
	}
}

func (s *Slack) personChanged(ctx context.Context, data any) error {
	e, ok := data.(*slackevents.UserChangeEvent)
	if !ok {
		return nil
	}
	return s.people.Heard(ctx, slackUser(e.User))
}

// confirmed is the last word of a command that was asked about.
const confirmed = "confirmed"

// confirmation takes that word off the end of a command.
func confirmation(words []word) ([]word, bool) {
	if n := len(words); n > 0 && !words[n-1].quoted && words[n-1].text == confirmed {
		return words[:n-1], true
	}
	return words, false
}

// say answers in plain words.
func say(lines ...string) (reply, error) { return reply{drawing: cards.Done(lines, "")}, nil }

// someone reads a person as people write one, and answers when it is not clear who is meant.
func (s *Slack) someone(ctx context.Context, word string) (p alerts.Person, unclear string, err error) {
	if found := userMention.FindStringSubmatch(word); found != nil {
		return s.people.Person(ctx, found[1]), "", nil
	}
	name := strings.TrimPrefix(word, "@")
	if isAddress(name) {
		switch p, err = s.people.Owner(ctx, name); {
		case errors.Is(err, alerts.ErrNobody) && p.UserID == "":
			return alerts.Person{Email: name}, "", nil
		case errors.Is(err, alerts.ErrNobody):
			return p, "", nil // who left
		}
		return p, "", err
	}
	found, err := s.people.Named(ctx, name)
	switch {
	case err != nil:
		return p, "", err
	case len(found) == 0:
		return p, "I know nobody called " + word + " here. Write the name as Slack shows it, in quotes when it has a space, or the e-mail address.", nil
	case len(found) > 1:
		return p, "Several people are called " + word + ". Write the e-mail address instead.", nil
	}
	return found[0], "", nil
}

func isAddress(text string) bool {
	address, err := mail.ParseAddress(text)
	return err == nil && address.Address == text
}

// link says which Slack user has an e-mail address. One's own address anybody may link, unless somebody else here has it.
func (s *Slack) link(ctx context.Context, l line) (reply, error) {
	words := wordsOf(l.rest)
	if len(words) == 0 || len(words) > 2 || !isAddress(words[0].text) {
		return s.misunderstood("link", "link maria@example.com"), nil
	}
	by := s.people.Person(ctx, l.user)
	address, who := words[0].text, by
	if len(words) == 2 {
		var unclear string
		var err error
		if who, unclear, err = s.someone(ctx, words[1].text); err != nil || unclear != "" {
			return answerOr(unclear, err)
		}
	}
	if who.UserID == "" || who.Deleted || who.Guest {
		return say(who.Called() + " cannot own alerts: only members of this workspace who are still here can.")
	}
	refused, err := s.mayLink(ctx, by, who, address)
	if err != nil || refused != "" {
		return answerOr(refused, err)
	}
	if err := s.store.Link(ctx, address, who.UserID, alerts.Actor{UserID: by.UserID, Name: by.Name}); err != nil {
		return reply{}, err
	}
	waiting, err := s.store.WaitingFor(ctx, address)
	if err != nil {
		return reply{}, err
	}
	claimed := 0
	err = s.store.Reconsider(ctx, waiting, func(ws *alerts.WorkingSet) {
		claimed = s.cfg.Rules.Claim(ws, address, who, alerts.Actor{UserID: by.UserID, Name: by.Name}, s.cfg.Now())
	})
	if err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("address linked", "user", by.UserID, "owner", who.UserID, "claimed", claimed)
	return say(address+" is "+who.Called()+" from now on.", gained(claimed))
}

// gained says how many alerts came with an address.
func gained(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "One live alert that asked for this address went along."
	}
	return strconv.Itoa(n) + " live alerts that asked for this address went along."
}

// mayLink says why somebody may not link an address; "" when they may.
func (s *Slack) mayLink(ctx context.Context, by, who alerts.Person, address string) (string, error) {
	own := who.UserID == by.UserID
	has, err := s.people.Owner(ctx, address)
	if err != nil && !errors.Is(err, alerts.ErrNobody) {
		return "", err
	}
	taken := err == nil && has.UserID != who.UserID
	if own && !taken {
		return "", nil
	}
	err = s.mayOperate(ctx, by)
	var no *forbidden
	if taken && errors.As(err, &no) {
		return "That is " + has.Called() + "'s address here. " + no.why, nil
	}
	return "", err
}

// answerOr is the answer to a command that goes no further.
func answerOr(unclear string, err error) (reply, error) {
	if err != nil {
		return reply{}, err
	}
	return say(unclear)
}

// handover gives what somebody owns to somebody else: everything, or the accounts that are named.
func (s *Slack) handover(ctx context.Context, l line) (reply, error) {
	words, sure := confirmation(wordsOf(l.rest))
	if len(words) < 2 {
		return s.misunderstood("handover", "handover @maria @ben"), nil
	}
	by := s.people.Person(ctx, l.user)
	if err := s.mayOperate(ctx, by); err != nil {
		return reply{}, err
	}
	from, unclear, err := s.someone(ctx, words[0].text)
	if err != nil || unclear != "" {
		return answerOr(unclear, err)
	}
	to, unclear, err := s.someone(ctx, words[1].text)
	if err != nil || unclear != "" {
		return answerOr(unclear, err)
	}
	if wrong := handoverWrong(from, to); wrong != "" {
		return say(wrong)
	}
	addresses, err := s.addresses(ctx, from)
	if err != nil {
		return reply{}, err
	}
	ids, choose, err := s.named(ctx, words[2:])
	if err != nil || choose != nil {
		return reply{drawing: orNothing(choose)}, err
	}
	everywhere := len(words) == 2
	if everywhere {
		if ids, err = s.store.OwnedBy(ctx, from.UserID, addresses); err != nil {
			return reply{}, err
		}
	}
	if len(ids) == 0 {
		return say(from.Called() + " owns nothing here: no accounts, no live alerts.")
	}
	if !sure {
		return s.askHandover(ctx, from, to, ids, everywhere)
	}
	var done alerts.Handover
	req := alerts.HandoverRequest{
		ID: handoverID(l, from, to, s.cfg.Now().UnixMicro()), From: from, To: to, Addresses: addresses,
		By: alerts.Actor{UserID: by.UserID, Name: by.Name},
	}
	err = s.store.HandOver(ctx, req, ids, everywhere, func(ws *alerts.WorkingSet) { done = s.cfg.Rules.HandOver(ws, req, s.cfg.Now()) })
	if err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("handed over", "user", by.UserID, "from", from.UserID, "to", to.UserID, "accounts", done.Changed, "alerts", done.Alerts)
	return say(handoverDone(done, from, to, addresses, everywhere)...)
}

// handoverID tells one hand-over from the next, so that its messages are sent once.
func handoverID(l line, from, to alerts.Person, now int64) string {
	if l.request != "" {
		return l.request
	}
	return from.UserID + from.Email + ":" + to.UserID + ":" + strconv.FormatInt(now, 36)
}

func handoverWrong(from, to alerts.Person) string {
	switch {
	case to.UserID == "" || to.Deleted:
		return to.Called() + " is not in this workspace, so nothing can be handed over there."
	case to.Guest:
		return to.Called() + " is a guest here and cannot own alerts."
	case from.UserID != "" && from.UserID == to.UserID:
		return "That is one person: name who hands over, then who takes over."
	case to.Email == "":
		return "I don't know " + to.Called() + "'s e-mail address, so accounts cannot name them as owner. Link it first."
	}
	return ""
}

// addresses are the folded addresses of who hands over.
func (s *Slack) addresses(ctx context.Context, from alerts.Person) ([]string, error) {
	var all []string
	if from.UserID != "" {
		var err error
		if all, err = s.store.Addresses(ctx, from.UserID); err != nil {
			return nil, err
		}
	}
	if own := journey.Fold(from.Email); own != "" && !slices.Contains(all, own) {
		all = append(all, own)
	}
	return all, nil
}

// named finds the accounts that words name, one each. The drawing asks when one is not clear.
func (s *Slack) named(ctx context.Context, words []word) (ids []string, choose *cards.Drawing, err error) {
	for _, w := range words {
		match, choose, err := s.sure(ctx, w.text)
		if err != nil || choose != nil {
			return nil, choose, err
		}
		ids = append(ids, match.AccountID)
	}
	return ids, nil, nil
}

// sure finds the one account that a name means. The drawing asks when that is not clear.
func (s *Slack) sure(ctx context.Context, name string) (match journey.Match, choose *cards.Drawing, err error) {
	found, err := s.store.FindAccount(ctx, name)
	if err != nil {
		return match, nil, err
	}
	match, ok := found.Sure()
	if !ok {
		d := cards.Choose(s.style(), found)
		return match, &d, nil
	}
	return match, nil, nil
}

func orNothing(d *cards.Drawing) cards.Drawing {
	if d == nil {
		return cards.Drawing{}
	}
	return *d
}

func (s *Slack) askHandover(ctx context.Context, from, to alerts.Person, ids []string, everywhere bool) (reply, error) {
	var what string
	if !everywhere {
		what = "the live alerts and the ownership of " + number(len(ids), "account", "accounts")
	} else {
		_, total, err := s.store.LiveAlerts(ctx, alerts.Filter{Owner: orNobody(from.UserID), Limit: 1})
		if err != nil {
			return reply{}, err
		}
		what = number(total, "live alert", "live alerts") + " and " + number(len(ids), "account", "accounts")
	}
	command := "handover " + quotedWord(reference(from)) + " " + quotedWord(reference(to))
	if !everywhere {
		for _, id := range ids {
			command += " " + quotedWord(id)
		}
	}
	return reply{drawing: cards.Ask([]string{
		"Hand " + what + " over from " + from.Called() + " to " + to.Called() + "?",
		"Each alert is open again for " + to.Called() + ", and both get one summary.",
	}, "Hand over", command+" "+confirmed)}, nil
}

// orNobody keeps an unknown person from meaning everybody.
func orNobody(userID string) string {
	if userID == "" {
		return "nobody"
	}
	return userID
}

// reference names a person so that the command finds the same one.
func reference(p alerts.Person) string {
	if p.UserID != "" {
		return "<@" + p.UserID + ">"
	}
	return p.Email
}

// quotedWord makes one word of a text for a command.
func quotedWord(text string) string { return `"` + text + `"` }

func number(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + many
}

func handoverDone(h alerts.Handover, from, to alerts.Person, addresses []string, everywhere bool) []string {
	lines := []string{
		number(h.Alerts, "live alert", "live alerts") + " and " + number(h.Changed, "account", "accounts") + " went from " + from.Called() + " to " + to.Called() + ".",
	}
	if len(addresses) > 0 {
		where := "for these accounts"
		if everywhere {
			where = "everywhere"
		}
		lines = append(lines, "From now on "+to.Called()+" is meant "+where+" when the CRM still sends "+strings.Join(addresses, " or ")+".")
	}
	return lines
}

// between splits a command at a word: of several, at the one before which the name of an account stands.
func (s *Slack) between(ctx context.Context, rest string, words []word, at string) (left journey.Lookup, right string, ok bool, err error) {
	for i := 1; i < len(words)-1; i++ {
		if words[i].quoted || !strings.EqualFold(words[i].text, at) {
			continue
		}
		found, err := s.store.FindAccount(ctx, unquoted(rest, words[:i]))
		if err != nil {
			return left, "", false, err
		}
		if _, sure := found.Sure(); sure || !ok {
			left, right, ok = found, unquoted(rest, words[i+1:]), true
			if sure {
				break
			}
		}
	}
	return left, right, ok, nil
}

// unquoted is what some words say together.
func unquoted(rest string, words []word) string {
	if len(words) == 1 {
		return words[0].text
	}
	return strings.TrimSpace(rest[words[0].at:words[len(words)-1].end])
}

// merge makes one account of two.
func (s *Slack) merge(ctx context.Context, l line) (reply, error) {
	words, sure := confirmation(wordsOf(l.rest))
	by := s.people.Person(ctx, l.user)
	if err := s.mayOperate(ctx, by); err != nil {
		return reply{}, err
	}
	left, right, ok, err := s.between(ctx, l.rest, words, "into")
	if err != nil || !ok {
		return s.misunderstood("merge", "merge acme-old into acme"), err
	}
	found, err := s.store.FindAccount(ctx, right)
	if err != nil {
		return reply{}, err
	}
	old, sureOld := left.Sure()
	into, sureInto := found.Sure()
	switch {
	case !sureOld:
		return reply{drawing: cards.Choose(s.style(), left)}, nil
	case !sureInto:
		return reply{drawing: cards.Choose(s.style(), found)}, nil
	case old.AccountID == into.AccountID:
		return reply{drawing: cards.Done([]string{"Both names are " + into.Name + " already."}, into.AccountID)}, nil
	case !sure:
		return s.askMerge(ctx, old, into)
	}
	var done alerts.Merged
	err = s.store.MergeAccounts(ctx, old.AccountID, into.AccountID, func(ws *alerts.WorkingSet) {
		done = s.cfg.Rules.Merge(ws, old.AccountID, into.AccountID, alerts.Actor{UserID: by.UserID, Name: by.Name}, s.cfg.Now())
	})
	if err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("accounts merged", "account", into.AccountID, "old", old.AccountID, "user", by.UserID, "moved", done.Moved, "collapsed", done.Collapsed)
	return reply{drawing: cards.Done(mergeDone(done, old, into), into.AccountID)}, nil
}

func (s *Slack) askMerge(ctx context.Context, old, into journey.Match) (reply, error) {
	_, live, err := s.store.LiveAlerts(ctx, alerts.Filter{Account: old.AccountID, Limit: 1})
	if err != nil {
		return reply{}, err
	}
	return reply{drawing: cards.Ask([]string{
		"Merge " + old.Name + " (" + old.AccountID + ") into " + into.Name + " (" + into.AccountID + ")?",
		number(live, "live alert", "live alerts") + ", history, numbers, notes and contacts move. Where both have the same alert, the older one stays. " +
			"The id and the names of " + old.Name + " go on working. This cannot be undone.",
	}, "Merge", "merge "+quotedWord(old.AccountID)+" into "+quotedWord(into.AccountID)+" "+confirmed)}, nil
}

func mergeDone(done alerts.Merged, old, into journey.Match) []string {
	lines := []string{old.Name + " is " + into.Name + " now. " + number(done.Moved, "live alert", "live alerts") + " moved."}
	if done.Collapsed > 0 {
		lines = append(lines, number(done.Collapsed, "alert was", "alerts were")+" about the same thing as another: the older one counts for both.")
	}
	return lines
}

// maxAccountName is the longest name that somebody may give, in characters.
const maxAccountName = 150

// rename gives an account another name.
func (s *Slack) rename(ctx context.Context, l line) (reply, error) {
	words, sure := confirmation(wordsOf(l.rest))
	by := s.people.Person(ctx, l.user)
	if err := s.mayOperate(ctx, by); err != nil {
		return reply{}, err
	}
	found, name, ok, err := s.between(ctx, l.rest, words, "to")
	if err != nil || !ok || name == "" {
		return s.misunderstood("rename", "rename acme to Acme Holding"), err
	}
	match, known := found.Sure()
	switch {
	case !known:
		return reply{drawing: cards.Choose(s.style(), found)}, nil
	case len([]rune(name)) > maxAccountName:
		return say("That name is too long: " + strconv.Itoa(maxAccountName) + " characters at most.")
	case match.Name == name:
		return reply{drawing: cards.Done([]string{"It is called " + name + " already."}, match.AccountID)}, nil
	case !sure:
		return reply{drawing: cards.Ask([]string{
			"Rename " + match.Name + " (" + match.AccountID + ") to " + name + "?",
			"The old name goes on finding it. When your CRM sends a name again, that one counts.",
		}, "Rename", "rename "+quotedWord(match.AccountID)+" to "+quotedWord(strings.ReplaceAll(name, `"`, "'"))+" "+confirmed)}, nil
	}
	err = s.store.Reconsider(ctx, []string{match.AccountID}, func(ws *alerts.WorkingSet) {
		if ws.Accounts[match.AccountID] != nil {
			s.cfg.Rules.Rename(ws, match.AccountID, name, alerts.Actor{UserID: by.UserID, Name: by.Name}, s.cfg.Now())
		}
	})
	if err != nil {
		return reply{}, err
	}
	s.cfg.Nudge()
	s.cfg.Logger.Info("account renamed", "account", match.AccountID, "user", by.UserID)
	return reply{drawing: cards.Done([]string{match.Name + " is called " + name + " now."}, match.AccountID)}, nil
}

// slackUser is what an event says of a person.
func slackUser(u slackevents.User) slack.User {
	return slack.User{
		ID: u.ID, Name: u.Name, RealName: u.RealName, TZ: u.TZ, Deleted: u.Deleted, IsRestricted: u.IsRestricted, IsUltraRestricted: u.IsUltraRestricted,
		Profile: slack.UserProfile{
			DisplayName: u.Profile.DisplayName, RealName: u.Profile.RealName,
			StatusEmoji: u.Profile.StatusEmoji, StatusText: u.Profile.StatusText, StatusExpiration: u.Profile.StatusExpiration,
		},
	}
}
