package slacksim

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	slackbot   = "USLACKBOT"
	teamID     = "T0SIMULATED"
	otherTeam  = "T0OTHERCORP"
	botUserID  = "U0SIMULABOT"
	botID      = "B0SIMULATED"
	teamDomain = "simulated"
)

type kind string

const (
	kindChannel kind = "channel"
	kindDirect  kind = "im"
	kindGroup   kind = "mpim"
)

// workspace is the state: who there is, what was said. It does no locking.
type workspace struct {
	disk     *journal
	now      func() time.Time
	botToken string
	appToken string
	secret   string
	botName  string
	users    []*User
	groups   []*UserGroup
	channels map[string]*conversation
	homes    map[string]*view   // by user
	modals   map[string][]*view // by user, the top one last
	files    map[string]*file
	hooks    map[string]*hook
	lastTS   int64 // Unix µs of the newest ts
	counter  int
}

// conversation is a channel or direct message.
type conversation struct {
	ID       string            `json:"id"`
	Name     string            `json:"name"`
	Kind     kind              `json:"kind"`
	Topic    string            `json:"topic"`
	Private  bool              `json:"private"`
	Shared   bool              `json:"shared"`
	Archived bool              `json:"archived"`
	Created  int64             `json:"created"`
	Members  []string          `json:"members"` // in the order they joined
	Read     map[string]string `json:"read"`    // by user
	messages []*Message        // by ts
}

func newWorkspace(cfg Config, saved *saved) *workspace {
	w := &workspace{
		now: cfg.Now, botName: cfg.Bot, channels: saved.channels, homes: saved.homes, modals: map[string][]*view{}, files: saved.files, hooks: saved.hooks,
		botToken: cmp.Or(cfg.BotToken, saved.meta.BotToken, "xoxb-sim-"+random(24)),
		appToken: cmp.Or(cfg.AppToken, saved.meta.AppToken, "xapp-1-sim-"+random(24)),
		secret:   cmp.Or(cfg.SigningSecret, saved.meta.Secret, strings.ToLower(random(32))),
		lastTS:   saved.lastTS, counter: saved.meta.Counter,
	}
	w.users = append(w.users, saved.users...)
	for _, u := range cfg.Users {
		w.addUser(u)
	}
	for _, g := range cfg.Groups {
		g.ID = cmp.Or(g.ID, stableID("S", g.Handle))
		g.Name = cmp.Or(g.Name, g.Handle)
		g.Users = w.userIDs(g.Users)
		w.groups = append(w.groups, &g)
	}
	for _, c := range cfg.Channels {
		w.addChannel(c)
	}
	return w
}

// addUser adds a person unless the id is known, and returns who has it.
func (w *workspace) addUser(u User) *User {
	u.ID = cmp.Or(u.ID, stableID("U", u.Name))
	u.RealName = cmp.Or(u.RealName, u.Name)
	first, _, _ := strings.Cut(u.RealName, " ")
	u.DisplayName = cmp.Or(u.DisplayName, first)
	u.Email = cmp.Or(u.Email, u.Name+"@example.com")
	u.TZ = cmp.Or(u.TZ, "UTC")
	u.Guest = u.Guest || u.SingleChannel
	if known := w.userByID(u.ID); known != nil {
		return known
	}
	w.users = append(w.users, &u)
	return &u
}

// addChannel adds a channel unless the id is known, and returns what has it.
func (w *workspace) addChannel(c Channel) *conversation {
	c.ID = cmp.Or(c.ID, stableID("C", c.Name))
	if known := w.channels[c.ID]; known != nil {
		return known
	}
	members := w.userIDs(c.Members)
	if c.Members == nil {
		for _, u := range w.users {
			if !u.Guest && !u.Deleted && !u.External && !u.IsBot {
				members = append(members, u.ID)
			}
		}
	}
	if c.Bot {
		members = append(members, botUserID)
	}
	made := &conversation{
		ID: c.ID, Name: c.Name, Kind: kindChannel, Topic: c.Topic, Private: c.Private, Shared: c.Shared, Archived: c.Archived,
		Created: w.now().Unix(), Members: members, Read: map[string]string{},
	}
	w.channels[c.ID] = made
	return made
}

// stableID makes the id of a named thing, the same in every run.
func stableID(prefix, name string) string {
	sum := sha256.Sum256([]byte(prefix + ":" + name))
	return prefix + "0" + base32.StdEncoding.EncodeToString(sum[:])[:9]
}

func random(length int) string {
	const letters = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz0123456789"
	raw := make([]byte, length)
	_, _ = rand.Read(raw)
	for i, b := range raw {
		raw[i] = letters[int(b)%len(letters)]
	}
	return string(raw)
}

// newID makes the id of a thing without a name.
func (w *workspace) newID(prefix string) string {
	w.counter++
	w.disk.put("meta", "", w.meta())
	return fmt.Sprintf("%s0%09s", prefix, strings.ToUpper(strconv.FormatInt(int64(w.counter), 36)))
}

func (w *workspace) meta() savedMeta {
	return savedMeta{BotToken: w.botToken, AppToken: w.appToken, Secret: w.secret, Counter: w.counter}
}

// nextTS is unique in the workspace and grows, even when the clock stands still.
func (w *workspace) nextTS() string {
	w.lastTS = max(w.lastTS+1, w.now().UnixMicro())
	return formatTS(w.lastTS)
}

func formatTS(micros int64) string { return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6) }

// parseTS reads a timestamp as Slack does: "1700000000.000100", or with fewer or no decimals.
func parseTS(text string) (int64, bool) {
	whole, fraction, _ := strings.Cut(text, ".")
	if len(fraction) > 6 || whole == "" {
		return 0, false
	}
	micros, err := strconv.ParseUint(whole+(fraction + "000000")[:6], 10, 62)
	return int64(micros), err == nil
}

func (w *workspace) userByID(id string) *User {
	switch id {
	case botUserID:
		return &User{ID: botUserID, Name: w.botName, RealName: w.botName, TZ: "UTC", IsBot: true}
	case slackbot:
		return &User{ID: slackbot, Name: "slackbot", RealName: "Slackbot", TZ: "UTC", IsBot: true}
	}
	for _, u := range w.users {
		if u.ID == id {
			return u
		}
	}
	return nil
}

// user finds a person by id, name or e-mail.
func (w *workspace) user(who string) *User {
	if u := w.userByID(who); u != nil {
		return u
	}
	for _, u := range w.users {
		if who != "" && (strings.EqualFold(u.Name, strings.TrimPrefix(who, "@")) || strings.EqualFold(u.Email, who)) {
			return u
		}
	}
	if who == w.botName {
		return w.userByID(botUserID)
	}
	return nil
}

func (w *workspace) userIDs(names []string) []string {
	var ids []string
	for _, name := range names {
		if u := w.user(name); u != nil {
			ids = append(ids, u.ID)
		}
	}
	return ids
}

// channel finds a channel by id or name, or an open direct message by id.
func (w *workspace) channel(which string) *conversation {
	if c := w.channels[which]; c != nil {
		return c
	}
	for _, c := range w.channels {
		if c.Kind == kindChannel && which != "" && c.Name == strings.TrimPrefix(which, "#") {
			return c
		}
	}
	return nil
}

// direct returns the direct message among people, opening it when needed.
func (w *workspace) direct(people ...string) (c *conversation, opened bool) {
	people = slices.Compact(slices.Sorted(slices.Values(people)))
	prefix, k := "D", kindDirect
	if len(people) > 2 {
		prefix, k = "G", kindGroup
	}
	id := stableID(prefix, strings.Join(people, ","))
	if c := w.channels[id]; c != nil {
		return c, false
	}
	c = &conversation{ID: id, Kind: k, Private: true, Created: w.now().Unix(), Members: people, Read: map[string]string{}}
	if k == kindGroup {
		var names []string
		for _, p := range people {
			names = append(names, w.userByID(p).Name)
		}
		c.Name = "mpdm-" + strings.Join(names, "--") + "-1"
	}
	w.channels[id] = c
	w.saveChannel(c)
	return c, true
}

// sorted returns the conversations in a stable order: channels by name, then direct messages by id.
func (w *workspace) sorted() []*conversation {
	all := make([]*conversation, 0, len(w.channels))
	for _, c := range w.channels {
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b *conversation) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.ID, b.ID))
	})
	return all
}

func (c *conversation) has(user string) bool { return slices.Contains(c.Members, user) }

// visible says whether user may read it: members, and everybody who is no guest or stranger in a public channel.
func (c *conversation) visible(u *User) bool {
	return c.has(u.ID) || c.Kind == kindChannel && !c.Private && !u.Guest && !u.External
}

// other is whom a direct message is with, seen by user.
func (c *conversation) other(user string) string {
	for _, m := range c.Members {
		if m != user {
			return m
		}
	}
	return user
}

func (c *conversation) index(ts string) (int, bool) {
	return slices.BinarySearchFunc(c.messages, ts, func(m *Message, ts string) int { return cmp.Compare(m.TS, ts) })
}

// message finds a message that is kept; ephemeral ones are found by Server.seen only.
func (c *conversation) message(ts string) *Message {
	if i, ok := c.index(ts); ok && !c.messages[i].Ephemeral {
		return c.messages[i]
	}
	return nil
}

func (c *conversation) insert(m *Message) {
	i, _ := c.index(m.TS)
	c.messages = slices.Insert(c.messages, i, m)
}

func (c *conversation) remove(ts string) {
	if i, ok := c.index(ts); ok {
		c.messages = slices.Delete(c.messages, i, i+1)
	}
}

func (w *workspace) saveChannel(c *conversation) { w.disk.put("channel", c.ID, c) }

func (w *workspace) saveMessage(m *Message) {
	if !m.Ephemeral {
		w.disk.put("message", m.Channel+"/"+m.TS, m)
	}
}

func (w *workspace) forgetMessage(m *Message) {
	if !m.Ephemeral {
		w.disk.put("message", m.Channel+"/"+m.TS, nil)
	}
}

// saveAll writes a workspace that was just made or loaded.
func (w *workspace) saveAll() error {
	w.disk.put("meta", "", w.meta())
	for _, u := range w.users {
		w.disk.put("user", u.ID, u)
	}
	for _, c := range w.channels {
		w.saveChannel(c)
	}
	return w.disk.failure()
}
