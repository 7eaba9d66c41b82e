package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"journeybot/slacksim"
)

// historyLength is how many messages of a channel the page shows.
const historyLength = 200

// allRead is newer than any ts.
const allRead = "9"

// Places that are no conversation.
const (
	homePlace = "home"
	logPlace  = "log"
)

func parseTemplates() *template.Template {
	return template.Must(template.ParseFS(templateFiles, "templates/*.html"))
}

// screen is what one person sees.
type screen struct {
	Team     string
	Me       person
	People   []person
	Channels []place
	Directs  []place
	App      place
	// AppMessages is the address of the direct message with the app.
	AppMessages string
	Bot         person
	Place       string
	Title       string
	Here        *slacksim.Conversation
	Messages    []message
	Thread      *thread
	Home        template.HTML
	HasHome     bool
	HomeID      string
	Modals      []modal
	Commands    []slacksim.Command
	Shortcuts   []slacksim.Shortcut
	Sockets     int
	OverHTTP    bool
	Try         string
	Ingest      bool
	Samples     []Sample
	Log         []entry
	LogNext     int
	Faults      []injected
	FaultKind   []faultKind
	RateLimit   bool // Slack's own, per channel
	Verbs       []verb
	Gone        []person // deactivated
	Accounts    []account
	Statuses    []said
}

type person struct {
	ID, Name, Handle, Title, URL string
	Avatar                       avatar
	Current                      bool
	Account                      account
	Status                       *said
}

// place is one entry of the side bar.
type place struct {
	Name, URL        string
	Avatar           avatar
	Current, Private bool
	Shared, Joined   bool
	Direct           bool
	Unread, Mentions int
}

// thread is the side panel.
type thread struct {
	TS       string
	Parent   message
	Replies  []message
	CloseURL string
}

// modal is one view of the stack.
type modal struct {
	ID, Title, Submit, Close, Key string
	Body                          template.HTML
	Top, Nested                   bool
}

// composer is a field to write in: at the foot of a channel, or of a thread.
type composer struct {
	Label, Thread string
	Commands      []slacksim.Command
}

// Composer returns the field for the channel, or with a ts for its thread, where Slack allows no commands.
func (s screen) Composer(threadTS string) composer {
	if threadTS != "" {
		return composer{Label: "Reply…", Thread: threadTS}
	}
	return composer{Label: "Message " + s.Title, Commands: s.Commands}
}

// start leads to the first channel of the first person, or of the one in the address.
func (p *page) start(w http.ResponseWriter, r *http.Request) {
	user, err := p.firstUser(r.PathValue("user"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	conversations, err := p.sim.Conversations(user.ID)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	address := "/client/" + user.Name + "/" + homePlace
	if best, ok := firstConversation(conversations); ok {
		address = p.placeURL(user, best)
	}
	http.Redirect(w, r, address, http.StatusSeeOther) //nolint:gosec // an address of this page: it starts with /client/
}

func (p *page) firstUser(who string) (slacksim.User, error) {
	if who != "" {
		user, ok := p.sim.User(who)
		switch {
		case !ok:
			return slacksim.User{}, fmt.Errorf("there is nobody called %q", who)
		case !user.Deleted:
			return user, nil
		}
	}
	for _, user := range p.sim.Users() {
		if !user.Deleted && !user.Guest && !user.External {
			return user, nil
		}
	}
	return slacksim.User{}, errors.New("the workspace has no people")
}

// firstConversation prefers the channel with the newest message.
func firstConversation(conversations []slacksim.Conversation) (slacksim.Conversation, bool) {
	joined := slices.DeleteFunc(slices.Clone(conversations), func(c slacksim.Conversation) bool {
		return c.Direct || !c.Member || c.Archived
	})
	if len(joined) == 0 {
		return slacksim.Conversation{}, false
	}
	return slices.MaxFunc(joined, func(a, b slacksim.Conversation) int {
		return cmp.Or(cmp.Compare(a.Latest, b.Latest), -cmp.Compare(a.Name, b.Name))
	}), true
}

// show draws the page.
func (p *page) show(w http.ResponseWriter, r *http.Request) {
	user, ok := p.sim.User(r.PathValue("user"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	seen, err := p.screen(user, r.PathValue("place"), r.PathValue("thread"), r.URL.Query().Get("read"))
	var refusal slacksim.Error
	if errors.As(err, &refusal) { // such as a private channel, after switching to somebody who is not in it
		http.Redirect(w, r, "/client/"+user.Name, http.StatusSeeOther)
		return
	}
	if err != nil {
		p.fail(w, err)
		return
	}
	var out bytes.Buffer
	if err := p.templates.ExecuteTemplate(&out, "page", seen); err != nil {
		p.fail(w, err)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = out.WriteTo(w) // the browser has gone
}

func (p *page) fail(w http.ResponseWriter, err error) {
	p.config.Logger.Error("page not drawn", "err", err)
	http.Error(w, err.Error(), http.StatusInternalServerError)
}

// screen collects what user sees at a place. lastRead is where the person had read to when the place was opened.
func (p *page) screen(user slacksim.User, where, threadTS, lastRead string) (screen, error) {
	s := screen{
		Team: p.sim.Team(), Me: p.person(user), Bot: p.person(p.sim.BotUser()), Place: where,
		Sockets: p.sim.Sockets(), OverHTTP: p.sim.DeliverTo() != "",
		Commands: p.sim.Commands(), Shortcuts: p.sim.Shortcuts(), Ingest: p.config.Ingest != "", Try: p.try(),
		Samples: p.config.Samples, Modals: p.modals(user), Accounts: accounts, Statuses: p.statuses(),
	}
	if err := p.sidebar(&s, user); err != nil {
		return screen{}, err
	}
	switch where {
	case homePlace:
		s.Title, s.App.Current = s.Bot.Name, true
		if view, ok := p.sim.Home(user.ID); ok {
			s.HasHome, s.HomeID = true, view.ID
			s.Home = p.blocks.Blocks(p.reader(user), viewOf(view).Blocks)
		}
	case logPlace:
		s.Title = "Protocol log"
		calls, next := p.sim.CallsSince(0)
		s.Log, s.LogNext = p.entries(calls), next
		s.Faults, s.FaultKind, s.RateLimit = p.faults(), faultKinds, p.sim.ChannelLimit()
	default:
		if err := p.conversation(&s, user, where, threadTS, lastRead); err != nil {
			return screen{}, err
		}
	}
	return s, nil
}

func (p *page) sidebar(s *screen, user slacksim.User) error {
	for _, u := range p.sim.Users() {
		other := p.person(u)
		other.Current, other.URL = u.ID == user.ID, "/client/"+u.Name+"/"+s.Place
		if u.Deleted {
			s.Gone = append(s.Gone, other)
		} else {
			s.People = append(s.People, other)
		}
	}
	conversations, err := p.sim.Conversations(user.ID)
	if err != nil {
		return err
	}
	s.App = place{Name: s.Bot.Name, URL: "/client/" + user.Name + "/" + homePlace, Avatar: s.Bot.Avatar, Joined: true, Current: s.App.Current}
	s.AppMessages = "/client/" + user.Name + "/" + s.Bot.Handle
	known := map[string]bool{}
	for _, c := range conversations {
		address := p.placeURL(user, c)
		known[address] = true
		entry := place{
			Name: c.Name, URL: address, Current: c.ID == s.Place || address == "/client/"+user.Name+"/"+s.Place,
			Private: c.Private, Shared: c.Shared, Joined: c.Member, Direct: c.Direct, Unread: c.Unread, Mentions: c.Mentions,
			Avatar: p.avatar(p.other(user, c), c.Name),
		}
		switch {
		case c.Archived:
		case c.App:
			s.App.Unread, s.App.Mentions, s.AppMessages = c.Unread, c.Mentions, entry.URL
			s.App.Current = s.App.Current || entry.Current
		case c.Direct:
			s.Directs = append(s.Directs, entry)
		default:
			s.Channels = append(s.Channels, entry)
		}
	}
	s.Directs = append(s.Directs, strangers(s, user, known)...)
	return nil
}

// strangers are the people that user has no direct message with yet; going there opens one.
func strangers(s *screen, user slacksim.User, known map[string]bool) []place {
	var out []place
	for _, other := range s.People {
		address := "/client/" + user.Name + "/" + other.Handle
		if other.ID != user.ID && !known[address] {
			out = append(out, place{Name: other.Name, URL: address, Avatar: other.Avatar, Direct: true, Joined: true})
		}
	}
	return out
}

func (p *page) conversation(s *screen, user slacksim.User, where, threadTS, lastRead string) error {
	here, err := p.sim.Conversation(user.ID, where)
	if err != nil {
		return err
	}
	s.Here, s.Title, s.Verbs = &here, conversationName(here), verbsFor(here)
	s.App.Current = s.App.Current || here.App
	if !here.Member && here.Private {
		return slacksim.Error("channel_not_found")
	}
	if lastRead == "" {
		lastRead = here.LastRead
	}
	posts, err := p.sim.Messages(user.ID, here.ID, "", historyLength)
	if err != nil {
		return err
	}
	s.Messages = p.messages(user, here, posts, lastRead)
	if threadTS == "" {
		return nil
	}
	posts, err = p.sim.Thread(user.ID, here.ID, threadTS)
	if err != nil {
		return err
	}
	drawn := p.messages(user, here, posts, allRead)
	if len(drawn) == 0 {
		return slacksim.Error("thread_not_found")
	}
	if len(drawn) > 1 {
		drawn[1].Continued = false // a divider comes before it
	}
	s.Thread = &thread{TS: threadTS, Parent: drawn[0], Replies: drawn[1:], CloseURL: p.placeURL(user, here)}
	return nil
}

func (p *page) person(user slacksim.User) person {
	return person{
		ID: user.ID, Name: displayName(user), Handle: user.Name, Title: user.Title, Account: accountOf(user), Status: p.status(user),
		URL: "/client/" + user.Name, Avatar: p.avatar(user.ID, displayName(user)),
	}
}

// try is what the first-run strip suggests to type: the app's first command with the first example of its hint.
func (p *page) try() string {
	if p.config.Try != "" {
		return p.config.Try
	}
	commands := p.sim.Commands()
	if len(commands) == 0 {
		return ""
	}
	example, _, _ := strings.Cut(commands[0].Hint, "|")
	if strings.ContainsAny(example, "[<({") {
		example = ""
	}
	return strings.TrimSpace(commands[0].Name + " " + strings.TrimSpace(example))
}

// rawView is the part of a view's JSON that the page draws.
type rawView struct {
	Title, Submit, Close json.RawMessage
	Blocks               json.RawMessage
}

func viewOf(view slacksim.View) rawView {
	var raw rawView
	if json.Unmarshal(view.Raw, &raw) != nil {
		return rawView{Blocks: view.Raw} // drawn as a box with its JSON
	}
	return raw
}

func (p *page) modals(user slacksim.User) []modal {
	reader := p.reader(user)
	words := func(raw json.RawMessage) string {
		var object struct {
			Text string `json:"text"`
		}
		_ = json.Unmarshal(raw, &object) // shown as nothing
		return p.blocks.PlainText(reader, object.Text)
	}
	open := p.sim.Views(user.ID)
	out := make([]modal, 0, len(open))
	for i, view := range open {
		raw := viewOf(view)
		out = append(out, modal{
			ID: view.ID, Key: "view-" + view.ID, Title: words(raw.Title), Submit: words(raw.Submit), Close: cmp.Or(words(raw.Close), "Cancel"),
			Body: p.blocks.Blocks(reader, raw.Blocks), Top: i == len(open)-1, Nested: i > 0,
		})
	}
	return out
}
