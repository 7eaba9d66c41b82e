package bot

import (
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

const (
	personFresh = 24 * time.Hour
	groupsFresh = 10 * time.Minute
	lookupTime  = 2 * time.Second // a person waits, or a card that has no owner yet
)

// errNobody is returned for a reference that names nobody in the workspace.
var errNobody = errors.New("nobody in this Slack workspace")

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
	unknown  map[string]time.Time // references that named nobody, and when
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
	p := d.person(*user)
	if err := d.store.SavePeople(ctx, p); err != nil {
		d.logger.Warn("person not kept", "user", userID, "err", err)
	}
	return p
}

// Owner returns whom an owner reference names: an e-mail address, group:@handle (a user group is a valid owner) or
// round_robin:@handle (whose turn it is). errNobody when it names nobody who can act.
func (d *Directory) Owner(ctx context.Context, ref string) (alerts.Person, error) {
	if d.knownUnknown(ref) {
		return alerts.Person{}, errNobody
	}
	p, err := d.find(ctx, ref)
	if err == nil && p.Deleted {
		err = errNobody
	}
	if errors.Is(err, errNobody) {
		d.mu.Lock()
		d.unknown[ref] = d.now()
		d.mu.Unlock()
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
	known, err := d.store.Person(ctx, journey.Fold(email))
	if err == nil && d.now().Sub(known.CheckedAt) < personFresh {
		return known, nil
	}
	if err != nil && !errors.Is(err, alerts.ErrNotFound) {
		return alerts.Person{}, fmt.Errorf("read person: %w", err)
	}
	user, err := d.api.GetUserByEmailContext(ctx, email)
	if err != nil && judge(err).fate == fateUnreachable {
		return alerts.Person{}, errNobody
	}
	if err != nil {
		return alerts.Person{}, fmt.Errorf("users.lookupByEmail: %w", err)
	}
	p := d.person(*user)
	p.Email = journey.Fold(email) // Slack may know the person by another spelling
	return p, d.keep(ctx, p)
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
		if p := d.Person(ctx, id); !p.Deleted {
			return p, nil
		}
	}
	return alerts.Person{}, errNobody
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
	return slack.UserGroup{}, errNobody
}

// Mention turns "group:@handle" into the group's id; anything else stays, and so does a group that Slack does not tell of now.
func (d *Directory) Mention(ctx context.Context, who string) string {
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
	return alerts.Person{
		UserID: u.ID, Email: journey.Fold(u.Profile.Email), Name: name, TZ: u.TZ, Deleted: u.Deleted,
		Guest: u.IsRestricted || u.IsUltraRestricted || u.IsStranger, CheckedAt: d.now(),
	}
}
