package storage

import (
	"context"
	"fmt"
	"slices"
	"time"

	"journeybot/alerts"
	"journeybot/journey"
)

// Evaluation says which accounts are evaluated, and what the maps in use read of them.
type Evaluation struct {
	Revision string // of all maps in use
	Needs    []journey.Need
	Zone     *time.Location
	Looks    func(a journey.Account, p *alerts.Position) (some, all bool) // how much is read of an account's history
	Limit    int                                                          // accounts in one transaction

	// Swept evaluates accounts that other maps were used for last, in the order of ids after the one named, instead of those that are
	// dirty or due.
	Swept bool
	After string
}

// Evaluated says what an evaluation did.
type Evaluated struct {
	Accounts int
	Fresh    []alerts.Event // signals derived for the first time
	Changes  int            // of alerts
	Waited   time.Duration  // of the account that was dirty the longest
	Next     time.Time      // when the next account is due; zero when that was not asked, or none is
	Last     string         // of a sweep: the last account it came to; "" at the end
	Outdated bool           // other maps are in use by now: nothing was done
}

// Evaluate claims accounts, so that other replicas leave them alone, loads what rules read of them in one query set, and runs walk and then
// apply on them, all in one transaction: walk changes the positions and returns the signals that follow from them, apply gets those that
// were never derived before and takes them in. It repeats by itself when it loses a race.
func (s *Store) Evaluate(
	ctx context.Context, e Evaluation,
	walk func(ws *alerts.WorkingSet, positions map[string]*alerts.Position) []alerts.Event,
	apply func(ws *alerts.WorkingSet, positions map[string]*alerts.Position, fresh []alerts.Event),
) (Evaluated, error) {
	top, err := s.topTenth(ctx)
	if err != nil {
		return Evaluated{}, fmt.Errorf("evaluate: %w", err)
	}
	var done Evaluated
	err = s.change(ctx, func(ctx context.Context, c conn) error {
		ws := alerts.NewWorkingSet(newID)
		ws.TopARR = top
		done = Evaluated{}
		current, since, err := c.mark(ctx, MarkMaps)
		if err != nil {
			return err
		}
		if current != e.Revision {
			done.Outdated = true
			return nil
		}
		claimed, last, err := c.claimAccounts(ctx, e)
		if err != nil {
			return err
		}
		done.Last = last
		if done.Waited = waited(claimed, c.now); len(claimed) < e.Limit && !e.Swept {
			if done.Next, err = c.nextDue(ctx); err != nil {
				return err
			}
		}
		if len(claimed) == 0 {
			return nil
		}
		return c.evaluate(ctx, e, ws, claimed, since, &done, walk, apply)
	})
	if err != nil {
		return Evaluated{}, fmt.Errorf("evaluate: %w", err)
	}
	return done, nil
}

// claimedAccount is what the evaluator knows of an account beside the account.
type claimedAccount struct {
	ID        string `db:"id"`
	DirtyAt   int64  `db:"dirty_at"`
	ChangedOn int64  `db:"changed_on"`
	CreatedAt int64  `db:"created_at"`
}

const (
	sqlClaim      = `SELECT id, dirty_at, changed_on, created_at FROM accounts `
	sqlClaimDue   = sqlClaim + `WHERE journey_at > 0 AND journey_at <= ? AND merged_into = '' ORDER BY journey_at, id LIMIT ? {claim}`
	sqlClaimDirty = sqlClaim + `WHERE dirty_at > 0 AND merged_into = '' ORDER BY dirty_at, id LIMIT ? {claim}`
	sqlOutdated   = `SELECT id FROM accounts WHERE id > ? AND maps_rev <> ? AND merged_into = '' ORDER BY id LIMIT ?`
	sqlClaimSwept = sqlClaim + `WHERE id IN (?) AND maps_rev <> ? AND merged_into = '' ORDER BY id {claim}`
)

// claimAccounts locks accounts that nobody else works on. Those that are due take up to half of the room: neither they nor the dirty ones
// ever wait for all of the others.
func (c conn) claimAccounts(ctx context.Context, e Evaluation) (claimed []claimedAccount, last string, err error) {
	if e.Swept {
		return c.claimSwept(ctx, e)
	}
	if err := c.list(ctx, &claimed, sqlClaimDue, micros(c.now), (e.Limit+1)/2); err != nil {
		return nil, "", fmt.Errorf("claim due accounts: %w", err)
	}
	var dirty []claimedAccount
	if err := c.list(ctx, &dirty, sqlClaimDirty, e.Limit-len(claimed)); err != nil {
		return nil, "", fmt.Errorf("claim dirty accounts: %w", err)
	}
	known := set{}
	for _, a := range claimed {
		known.add(a.ID)
	}
	for _, a := range dirty {
		if !known[a.ID] {
			claimed = append(claimed, a)
		}
	}
	return claimed, "", nil
}

// waited is how long the first of them has been dirty.
func waited(claimed []claimedAccount, now time.Time) (longest time.Duration) {
	for _, a := range claimed {
		if a.DirtyAt > 0 {
			longest = max(longest, now.Sub(instant(a.DirtyAt)))
		}
	}
	return longest
}

const sqlNextDue = `SELECT COALESCE(min(journey_at), 0) FROM accounts WHERE journey_at > 0 AND journey_at > ?`

func (c conn) nextDue(ctx context.Context) (time.Time, error) {
	var at int64
	if err := c.get(ctx, &at, sqlNextDue, micros(c.now)); err != nil {
		return time.Time{}, fmt.Errorf("look for the next account: %w", err)
	}
	return instant(at), nil
}

func (c conn) claimSwept(ctx context.Context, e Evaluation) (claimed []claimedAccount, last string, err error) {
	var ids []string
	if err := c.list(ctx, &ids, sqlOutdated, e.After, e.Revision, e.Limit); err != nil {
		return nil, "", fmt.Errorf("list accounts of other maps: %w", err)
	}
	if len(ids) == 0 {
		return nil, "", nil
	}
	if err := c.list(ctx, &claimed, sqlClaimSwept, ids, e.Revision); err != nil {
		return nil, "", fmt.Errorf("claim accounts of other maps: %w", err)
	}
	return claimed, ids[len(ids)-1], nil
}

func (c conn) evaluate(
	ctx context.Context, e Evaluation, ws *alerts.WorkingSet, claimed []claimedAccount, mapsSince time.Time, done *Evaluated,
	walk func(*alerts.WorkingSet, map[string]*alerts.Position) []alerts.Event,
	apply func(*alerts.WorkingSet, map[string]*alerts.Position, []alerts.Event),
) error {
	positions, ids := make(map[string]*alerts.Position, len(claimed)), set{}
	for _, a := range claimed {
		ids.add(a.ID)
		positions[a.ID] = &alerts.Position{History: journey.History{Changed: journey.Day(a.ChangedOn)}, Old: a.CreatedAt < micros(mapsSince)}
	}
	var err error
	if ws.Accounts, err = c.accounts(ctx, ids.sorted(), true); err != nil {
		return err
	}
	loaded, err := c.load(ctx, ws, ids.sorted(), nil)
	if err != nil {
		return err
	}
	was, err := c.standings(ctx, ids.sorted(), positions)
	if err != nil {
		return err
	}
	if err := c.histories(ctx, e, ws.Accounts, positions); err != nil {
		return err
	}
	before := marks(ws)
	derived := walk(ws, positions)
	fresh, err := c.underived(ctx, ws, derived)
	if err != nil {
		return err
	}
	apply(ws, positions, fresh)
	for id, a := range ws.Accounts { // the moves say more than the accounts
		mark := before[id]
		mark.mapID, mark.stage = a.Map, a.Stage
		before[id] = mark
	}
	if err := c.saveChanges(ctx, ws, before, loaded); err != nil {
		return err
	}
	if err := c.saveStandings(ctx, e, positions, was); err != nil {
		return err
	}
	if err := c.lookAgain(ctx, e, ws.Changes.Results); err != nil {
		return err
	}
	done.Accounts, done.Fresh, done.Changes = len(claimed), fresh, len(ws.Changes.Results)
	return c.addEvents(ctx, fresh, ws)
}

// lookAgain leaves accounts dirty whose alerts the evaluation changed, when rules read alerts.
func (c conn) lookAgain(ctx context.Context, e Evaluation, results []alerts.Result) error {
	if !slices.ContainsFunc(e.Needs, func(n journey.Need) bool { return n.Function == journey.FuncAlert }) {
		return nil
	}
	ids := set{}
	for _, r := range results {
		ids.add(r.Alert.Account)
	}
	return c.markDirty(ctx, ids, nil)
}

// underived leaves out the signals that were derived before, and loads the series that the others ask for.
func (c conn) underived(ctx context.Context, ws *alerts.WorkingSet, derived []alerts.Event) ([]alerts.Event, error) {
	var fresh []alerts.Event
	for i := range derived {
		derived[i] = cleanEvent(derived[i])
	}
	for some := range slices.Chunk(derived, 2*crowdsAtOnce) {
		unseen, err := c.unseen(ctx, some)
		if err != nil {
			return nil, err
		}
		fresh = append(fresh, unseen...)
	}
	measured, kpis := set{}, set{}
	for _, e := range fresh {
		if names := e.KPINames(); len(names) > 0 {
			measured.add(e.Account)
			kpis.add(names...)
		}
	}
	var err error
	ws.KPIs, err = c.series(ctx, measured.sorted(), kpis.sorted())
	return fresh, err
}
