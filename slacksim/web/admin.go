package web

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"journeybot/slacksim"
)

// channelVerbs are the entries of a channel's menu: what they do, when they are offered, and what the page asks first.
var channelVerbs = []struct {
	Verb, Words, Ask string
	offered          func(c slacksim.Conversation) bool
	do               func(p *page, user slacksim.User, channel string) error
}{
	{
		Verb: "leave", Words: "Leave channel", offered: func(c slacksim.Conversation) bool { return c.Member && !c.Archived },
		do: func(p *page, user slacksim.User, channel string) error { return p.sim.Leave(user.ID, channel) },
	},
	{
		Verb: "invite_bot", Words: "Add the app", offered: func(c slacksim.Conversation) bool { return !c.Bot && !c.Archived },
		do: func(p *page, _ slacksim.User, channel string) error { return p.sim.InviteBot(channel) },
	},
	{
		Verb: "kick_bot", Words: "Remove the app", offered: func(c slacksim.Conversation) bool { return c.Bot && !c.Archived },
		do: func(p *page, _ slacksim.User, channel string) error { return p.sim.KickBot(channel) },
	},
	{
		Verb: "share", Words: "Share with another company", offered: func(c slacksim.Conversation) bool { return !c.Shared },
		do: func(p *page, _ slacksim.User, channel string) error { return p.sim.ShareChannel(channel, true) },
	},
	{
		Verb: "unshare", Words: "Stop sharing", offered: func(c slacksim.Conversation) bool { return c.Shared },
		do: func(p *page, _ slacksim.User, channel string) error { return p.sim.ShareChannel(channel, false) },
	},
	{
		Verb: "archive", Words: "Archive channel", offered: func(c slacksim.Conversation) bool { return !c.Archived },
		do: func(p *page, _ slacksim.User, channel string) error { return p.sim.ArchiveChannel(channel, true) },
	},
	{
		Verb: "unarchive", Words: "Unarchive channel", offered: func(c slacksim.Conversation) bool { return c.Archived },
		do: func(p *page, _ slacksim.User, channel string) error { return p.sim.ArchiveChannel(channel, false) },
	},
	{
		Verb: "delete", Words: "Delete channel", Ask: "The channel and all its messages go for good.",
		offered: func(slacksim.Conversation) bool { return true },
		do:      func(p *page, _ slacksim.User, channel string) error { return p.sim.DeleteChannel(channel) },
	},
}

// verb is one entry of a menu.
type verb struct{ Verb, Words, Ask string }

// verbsFor lists what can be done with a channel; direct messages have nothing.
func verbsFor(c slacksim.Conversation) []verb {
	if c.Direct {
		return nil
	}
	var out []verb
	for _, v := range channelVerbs {
		if v.offered(c) {
			out = append(out, verb{v.Verb, v.Words, v.Ask})
		}
	}
	return out
}

func (p *page) channel(_ context.Context, in request) (any, error) {
	for _, v := range channelVerbs {
		if v.Verb == in.Verb {
			return nil, v.do(p, in.user, in.Channel)
		}
	}
	return nil, fmt.Errorf("nothing called %q can be done with a channel", in.Verb)
}

func (p *page) deleteMessage(_ context.Context, in request) (any, error) {
	return nil, p.sim.DeleteMessage(in.Channel, in.TS)
}

func (p *page) freeze(_ context.Context, in request) (any, error) {
	return nil, p.sim.FreezeMessage(in.Channel, in.TS, in.Add)
}

// profile is what the dialog about a person changes; what it does not name stays.
type profile struct {
	Who     string      `json:"who"`
	Account string      `json:"account"` // kind of one of accounts
	Status  *userStatus `json:"status"`
}

// userStatus is what somebody says about their day.
type userStatus struct {
	Text  string `json:"text"`
	Emoji string `json:"emoji"`
	For   string `json:"for"` // a duration; "" means for good, "as it is" that the end stays
}

const sameEnd = "as it is"

// account is one kind of account, in words.
type account struct {
	Kind, Words string
	Mark        string // beside the name, in messages
	flags       slacksim.User
}

// accounts are what a person can be. The first is the usual.
var accounts = []account{
	{"member", "Member", "", slacksim.User{}},
	{"guest", "Guest", "GUEST", slacksim.User{Guest: true}},
	{"single_channel", "Guest in a single channel", "GUEST", slacksim.User{Guest: true, SingleChannel: true}},
	{"external", "Of another company, by Slack Connect", "EXTERNAL", slacksim.User{External: true}},
	{"deactivated", "Deactivated", "DEACTIVATED", slacksim.User{Deleted: true}},
}

func (a account) give(u *slacksim.User) {
	u.Guest, u.SingleChannel, u.External, u.Deleted = a.flags.Guest, a.flags.SingleChannel, a.flags.External, a.flags.Deleted
}

// accountOf is the kind of account that somebody has.
func accountOf(u slacksim.User) account {
	kind := accounts[0].Kind
	switch {
	case u.Deleted:
		kind = "deactivated"
	case u.External:
		kind = "external"
	case u.SingleChannel:
		kind = "single_channel"
	case u.Guest:
		kind = "guest"
	}
	return accounts[slices.IndexFunc(accounts, func(a account) bool { return a.Kind == kind })]
}

func (p *page) changeProfile(_ context.Context, in request) (any, error) {
	change := in.Profile
	if change.Account != "" {
		at := slices.IndexFunc(accounts, func(a account) bool { return a.Kind == change.Account })
		if at < 0 {
			return nil, fmt.Errorf("no account of kind %q", change.Account)
		}
		if err := p.sim.ChangeUser(change.Who, accounts[at].give); err != nil {
			return nil, err
		}
	}
	if change.Status == nil {
		return nil, nil
	}
	until, err := p.until(change.Who, change.Status.For)
	if err != nil {
		return nil, err
	}
	return nil, p.sim.SetStatus(change.Who, strings.TrimSpace(change.Status.Text), change.Status.Emoji, until)
}

// until is when a status ends; the zero time means never.
func (p *page) until(who, pause string) (time.Time, error) {
	if u, ok := p.sim.User(who); pause == sameEnd && ok && u.StatusUntil != 0 {
		return time.Unix(u.StatusUntil, 0), nil
	}
	if pause == "" || pause == sameEnd {
		return time.Time{}, nil
	}
	d, err := time.ParseDuration(pause)
	if err != nil {
		return time.Time{}, fmt.Errorf("read how long the status holds: %w", err)
	}
	return p.config.Now().Add(d), nil
}

// statusChoices are what the dialog offers as a status.
var statusChoices = []struct{ Emoji, Words string }{
	{":palm_tree:", "On holiday"},
	{":face_with_thermometer:", "Out sick"},
	{":spiral_calendar_pad:", "In a meeting"},
	{":house_with_garden:", "Working remotely"},
	{":bus:", "Commuting"},
	{":speech_balloon:", "Something else"},
}

func (p *page) statuses() []said {
	out := make([]said, 0, len(statusChoices))
	for _, c := range statusChoices {
		out = append(out, said{Text: c.Words, Emoji: c.Emoji, Chars: p.blocks.Emoji(strings.Trim(c.Emoji, ":"))})
	}
	return out
}

// said is what somebody says about their day, ready to be shown.
type said struct{ Text, Emoji, Chars, Until string }

// status is what user says about the day while that holds; nil is nothing.
func (p *page) status(user slacksim.User) *said {
	if user.StatusText == "" && user.StatusEmoji == "" || user.StatusUntil != 0 && user.StatusUntil <= p.config.Now().Unix() {
		return nil
	}
	out := &said{Text: user.StatusText, Emoji: user.StatusEmoji, Chars: p.blocks.Emoji(strings.Trim(user.StatusEmoji, ":"))}
	if user.StatusUntil != 0 {
		out.Until = time.Unix(user.StatusUntil, 0).In(location(user)).Format("Mon 2 Jan, 15:04")
	}
	return out
}

// maxFile is what Slack takes in a file_input, and a little more so that the simulator can say so.
const maxFile = 10<<20 + 1

// upload takes a file for a file_input. Its body is the file.
func (p *page) upload(w http.ResponseWriter, r *http.Request) {
	content, err := io.ReadAll(io.LimitReader(r.Body, maxFile))
	if err != nil {
		answer(w, http.StatusBadRequest, map[string]string{"error": "unreadable file"})
		return
	}
	file, err := p.sim.Upload(r.PathValue("user"), r.URL.Query().Get("name"), content)
	if err != nil {
		answer(w, status(err), map[string]string{"error": fileComplaint(err)})
		return
	}
	answer(w, http.StatusOK, map[string]string{"id": file.ID, "name": file.Name, "size": sizeName(file.Size)})
}

func fileComplaint(err error) string {
	words := map[string]string{"file_too_large": "Files of up to 10 MB can be uploaded here."}
	return cmp.Or(words[err.Error()], err.Error())
}
