package bot

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/slack-go/slack"

	"journeybot/alerts"
	"journeybot/journey"
	"journeybot/storage"
)

// slackbot is Slack's own bot, which users.info does not call one.
const slackbot = "USLACKBOT"

const (
	personFresh = 24 * time.Hour
	groupsFresh = 10 * time.Minute
	lookupTime  = 2 * time.Second // a person waits, or a card that has no owner yet
)

// Directory knows the people and user groups of the Slack workspace, from the cached people table and from Slack. It is safe
// for concurrent use.
type Directory struct {
	store  *storage.Store
	api    *slack.Client
	now    func() time.Time
	logger *slog.Logger

	mu       sync.Mutex
	groups   []slack.UserGroup
	groupsAt time.Time
	unknown  map[string]time.Time // addresses that named nobody, and when
}

// Person returns who a Slack user id is: from the cache for a day, then from Slack again. When neither can tell, it
// returns a Person with only the id.
func (d *Directory) Person(ctx context.Context, userID string) alerts.Person {
	known, err := d.store.Person(ctx, userID)
	if err == nil && d.now().Sub(known.CheckedAt) < personFresh {
		return known
	}
	if err != nil {
		known = alerts.Person{UserID: userID}
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	user, err := d.api.GetUserInfoContext(ctx, userID)
	if err != nil {
		d.logger.Warn("person not looked up", "user", userID, "err", err)
		return known
	}
	p := d.heard(known, *user)
	if err := d.store.SavePeople(ctx, p); err != nil {
		d.logger.Warn("person not kept", "user", userID, "err", err)
	}
	return p
}

// Heard keeps what Slack tells of somebody without being asked: a new name, status or deactivation.
func (d *Directory) Heard(ctx context.Context, user slack.User) error {
	known, err := d.store.Person(ctx, user.ID)
	if errors.Is(err, alerts.ErrNotFound) {
		return nil // nobody has needed to know
	}
	if err != nil {
		return fmt.Errorf("read person: %w", err)
	}
	p := d.heard(known, user)
	p.Guest, p.Stranger, p.Bot = p.Guest || known.Guest, known.Stranger, known.Bot // the event does not tell
	return d.keep(ctx, p)
}

// heard is what Slack says of somebody, with what is known beside that: what the person chose, and the address that owners go by.
func (d *Directory) heard(known alerts.Person, user slack.User) alerts.Person {
	p := d.person(user)
	p.AwayUntil, p.Delegate = known.AwayUntil, known.Delegate
	p.Email = cmp.Or(known.Email, p.Email)
	return p
}

// Owner returns whom an owner reference names: an e-mail address, group:@handle (a user group is a valid owner) or
// round_robin:@handle (whose turn it is, of those who are there). alerts.ErrNobody when it names nobody in the workspace; for who left, the
// person is returned with it. Somebody who is away is found all the same: see alerts.Person.Away.
func (d *Directory) Owner(ctx context.Context, ref string) (alerts.Person, error) {
	p, err := d.find(ctx, ref)
	if err == nil && p.Deleted {
		err = alerts.ErrNobody
	}
	return p, err
}

func (d *Directory) find(ctx context.Context, ref string) (alerts.Person, error) {
	if handle, ok := strings.CutPrefix(ref, "group:"); ok {
		group, err := d.group(ctx, handle)
		if err != nil {
			return alerts.Person{}, err
		}
		p := alerts.Person{UserID: group.ID, Name: "@" + group.Handle, CheckedAt: d.now()}
		return p, d.keep(ctx, p)
	}
	if handle, ok := strings.CutPrefix(ref, "round_robin:"); ok {
		return d.next(ctx, handle)
	}
	return d.byEmail(ctx, ref)
}

func (d *Directory) byEmail(ctx context.Context, email string) (alerts.Person, error) {
	linked, err := d.store.Linked(ctx, email)
	if err != nil {
		return alerts.Person{}, err
	}
	if linked != "" {
		return d.Person(ctx, linked), nil
	}
	known, err := d.store.Person(ctx, journey.Fold(email))
	if err == nil && d.now().Sub(known.CheckedAt) < personFresh {
		return known, nil
	}
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return alerts.Person{}, fmt.Errorf("read person: %w", err)
	}
	if err != nil && d.knownUnknown(email) {
		return alerts.Person{}, alerts.ErrNobody
	}
	user, err := d.api.GetUserByEmailContext(ctx, email)
	if err != nil && judge(err).fate == fateUnreachable {
		return d.gone(ctx, email, known)
	}
	if err != nil {
		return alerts.Person{}, fmt.Errorf("users.lookupByEmail: %w", err)
	}
	p := d.heard(known, *user)
	if known.UserID != p.UserID {
		p.AwayUntil, p.Delegate = time.Time{}, ""
	}
	p.Email = journey.Fold(email) // Slack may know the person by another spelling
	return p, d.keep(ctx, p)
}

// gone is the answer about an address that Slack finds nobody by: who left is not found either, but may be known from before.
func (d *Directory) gone(ctx context.Context, email string, known alerts.Person) (alerts.Person, error) {
	d.mu.Lock()
	d.unknown[email] = d.now()
	d.mu.Unlock()
	if known.UserID == "" {
		return alerts.Person{}, alerts.ErrNobody
	}
	user, err := d.api.GetUserInfoContext(ctx, known.UserID)
	if err != nil {
		return known, fmt.Errorf("users.info: %w", err)
	}
	p := d.heard(known, *user)
	return p, errors.Join(alerts.ErrNobody, d.keep(ctx, p))
}

// delegate is whom somebody named to act meanwhile, when that one is there.
func (d *Directory) delegate(ctx context.Context, of alerts.Person) (alerts.Person, bool) {
	if of.Delegate == "" || of.Delegate == of.UserID {
		return alerts.Person{}, false
	}
	p := d.Person(ctx, of.Delegate)
	return p, p.Acts(d.now()) && !p.Guest
}

// next returns the member of a user group whose turn it is.
func (d *Directory) next(ctx context.Context, handle string) (alerts.Person, error) {
	group, err := d.group(ctx, handle)
	if err != nil {
		return alerts.Person{}, err
	}
	members, err := d.api.GetUserGroupMembersContext(ctx, group.ID)
	if err != nil {
		return alerts.Person{}, fmt.Errorf("usergroups.users.list: %w", err)
	}
	slices.Sort(members)
	for range members {
		id, err := d.store.NextInRotation(ctx, handle, members)
		if err != nil {
			return alerts.Person{}, fmt.Errorf("rotation: %w", err)
		}
		if p := d.Person(ctx, id); p.Acts(d.now()) && !p.Guest && !p.Bot {
			return p, nil
		}
	}
	return alerts.Person{}, alerts.ErrNobody
}

// maxListed bounds the walk through a workspace's people.
const maxListed = 20_000

// Named finds people by the name that Slack shows or their handle, the part of their address before the @, or the whole of it: of
// those who are known, else of everybody in the workspace.
func (d *Directory) Named(ctx context.Context, name string) ([]alerts.Person, error) {
	found, err := d.store.PeopleNamed(ctx, name)
	if err != nil || len(found) > 0 {
		return found, err
	}
	folded, seen := journey.Fold(name), 0
	for page := d.api.GetUsersPaginated(slack.GetUsersOptionLimit(500)); seen < maxListed; seen += len(page.Users) {
		if page, err = page.Next(ctx); page.Done(err) {
			return found, nil
		}
		if err != nil {
			return nil, fmt.Errorf("users.list: %w", err)
		}
		for _, u := range page.Users {
			names := []string{u.Name, u.Profile.DisplayName, u.Profile.RealName, u.RealName}
			if u.Deleted || u.IsBot || !slices.ContainsFunc(names, func(other string) bool { return journey.Fold(other) == folded }) {
				continue
			}
			p := d.person(u)
			if err := d.keep(ctx, p); err != nil {
				return nil, err
			}
			found = append(found, p)
		}
	}
	return found, nil
}

// group returns the user group with a handle, with or without its @.
func (d *Directory) group(ctx context.Context, handle string) (slack.UserGroup, error) {
	d.mu.Lock()
	groups, fresh := d.groups, d.now().Sub(d.groupsAt) < groupsFresh
	d.mu.Unlock()
	if !fresh {
		var err error
		if groups, err = d.api.GetUserGroupsContext(ctx); err != nil {
			return slack.UserGroup{}, fmt.Errorf("usergroups.list: %w", err)
		}
		d.mu.Lock()
		d.groups, d.groupsAt = groups, d.now()
		d.mu.Unlock()
	}
	handle = journey.Fold(strings.TrimPrefix(handle, "@"))
	for _, g := range groups {
		if journey.Fold(g.Handle) == handle {
			return g, nil
		}
	}
	return slack.UserGroup{}, alerts.ErrNobody
}

// Mention turns "group:@handle" into the group's id and an e-mail address into the person's; anything else stays, and so does what
// Slack does not tell of now.
func (d *Directory) Mention(ctx context.Context, who string) string {
	if strings.Contains(who, "@") && !strings.Contains(who, ":") {
		ctx, cancel := context.WithTimeout(ctx, lookupTime)
		defer cancel()
		p, err := d.byEmail(ctx, who)
		if err != nil {
			d.logger.Warn("person not found", "owner_ref", who, "err", err)
		}
		return cmp.Or(p.UserID, who)
	}
	handle, ok := strings.CutPrefix(who, "group:")
	if !ok {
		return who
	}
	ctx, cancel := context.WithTimeout(ctx, lookupTime)
	defer cancel()
	group, err := d.group(ctx, handle)
	if err != nil {
		d.logger.Warn("user group not found", "group", handle, "err", err)
		return who
	}
	return group.ID
}

func (d *Directory) knownUnknown(ref string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	at, ok := d.unknown[ref]
	if ok && d.now().Sub(at) > groupsFresh {
		delete(d.unknown, ref)
		return false
	}
	return ok
}

func (d *Directory) keep(ctx context.Context, p alerts.Person) error {
	if err := d.store.SavePeople(ctx, p); err != nil {
		return fmt.Errorf("keep person: %w", err)
	}
	return nil
}

func (d *Directory) person(u slack.User) alerts.Person {
	name := u.Profile.DisplayName
	for _, other := range []string{u.Profile.RealName, u.RealName, u.Name} {
		if name == "" {
			name = other
		}
	}
	away := alerts.StatusSaysAway(u.Profile.StatusEmoji, u.Profile.StatusText)
	var until time.Time
	if away && u.Profile.StatusExpiration > 0 {
		until = time.Unix(int64(u.Profile.StatusExpiration), 0)
	}
	return alerts.Person{
		StatusAway: away, StatusUntil: until,
		UserID: u.ID, Email: journey.Fold(u.Profile.Email), Name: name, TZ: u.TZ, Deleted: u.Deleted,
		Guest: u.IsRestricted || u.IsUltraRestricted || u.IsStranger, Stranger: u.IsStranger, Bot: u.IsBot || u.ID == slackbot, CheckedAt: d.now(),
	}
}

// refresh asks Slack about somebody again.
func (d *Directory) refresh(ctx context.Context, known alerts.Person) error {
	user, err := d.api.GetUserInfoContext(ctx, known.UserID)
	if err != nil && judge(err).code == "user_not_found" {
		known.Deleted, known.CheckedAt = true, d.now()
		return d.keep(ctx, known)
	}
	if err != nil {
		return fmt.Errorf("users.info: %w", err)
	}
	return d.keep(ctx, d.heard(known, *user))
}
