package storage

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/axiomhq/hyperloglog"
)

const (
	exactUsers = 1000 // of one account, event, day and persona; beyond it they are estimated
	maxUser    = 64   // bytes of a user's name that are kept
)

// crowd is who did something on a day. Up to exactUsers of them it knows each with a count; beyond that only how many they
// are, to about 0.8 % (the standard error of 16,384 registers), and nobody is taken out any more. The zero value is nobody.
type crowd struct {
	counts map[string]int64 // by user; those that corrections brought to zero are left out, below zero they wait for the rest
	sketch *hyperloglog.Sketch
}

// add counts for a user; "" is an event of nobody in particular.
func (c *crowd) add(user string, count int64) {
	if user = userKey(user); user == "" {
		return
	}
	if c.sketch != nil {
		if count > 0 {
			c.sketch.Insert([]byte(user))
		}
		return
	}
	if c.counts == nil {
		c.counts = map[string]int64{}
	}
	if c.counts[user] += count; c.counts[user] == 0 {
		delete(c.counts, user)
	}
	if len(c.counts) > exactUsers {
		c.estimate()
	}
}

// estimate forgets who they were.
func (c *crowd) estimate() {
	c.sketch = hyperloglog.New14()
	for user, count := range c.counts {
		if count > 0 {
			c.sketch.Insert([]byte(user))
		}
	}
	c.counts = nil
}

// join adds another crowd, which stays as it is.
func (c *crowd) join(other crowd) error {
	for user, count := range other.counts {
		c.add(user, count)
	}
	if other.sketch == nil {
		return nil
	}
	if c.sketch == nil {
		c.estimate()
	}
	return c.sketch.Merge(other.sketch)
}

// users is how many did it at least once.
func (c *crowd) users() int64 {
	if c.sketch != nil {
		return int64(c.sketch.Estimate())
	}
	var n int64
	for _, count := range c.counts {
		if count > 0 {
			n++
		}
	}
	return n
}

func (c *crowd) empty() bool { return len(c.counts) == 0 && c.sketch == nil }

// userKey is a user's name as it is kept: a long one is cut, and told apart by its hash.
func userKey(user string) string {
	user = clean(user)
	if len(user) <= maxUser {
		return user
	}
	hash := sha256.Sum256([]byte(user))
	cut := maxUser - 2*8 - 1
	for !utf8.RuneStart(user[cut]) {
		cut--
	}
	return user[:cut] + "~" + hex.EncodeToString(hash[:8])
}

// The forms in which a crowd is kept: its first byte.
const (
	crowdExact  = 1 // then, by user: length, name, count
	crowdSketch = 2 // then the sketch as its library writes it
)

// bytes is the crowd as a column; nil for nobody.
func (c *crowd) bytes() ([]byte, error) {
	if c.empty() {
		return nil, nil
	}
	if c.sketch != nil {
		return c.sketch.AppendBinary([]byte{crowdSketch})
	}
	out := []byte{crowdExact}
	for _, user := range slices.Sorted(maps.Keys(c.counts)) {
		out = binary.AppendUvarint(out, uint64(len(user)))
		out = append(out, user...)
		out = binary.AppendVarint(out, c.counts[user])
	}
	return out, nil
}

var errCrowd = errors.New("users of a day cannot be read")

// crowdOf reads what bytes wrote.
func crowdOf(column []byte) (crowd, error) {
	if len(column) == 0 {
		return crowd{}, nil
	}
	switch kind, rest := column[0], column[1:]; kind {
	case crowdSketch:
		sketch := &hyperloglog.Sketch{}
		if err := sketch.UnmarshalBinary(rest); err != nil {
			return crowd{}, fmt.Errorf("%w: %w", errCrowd, err)
		}
		return crowd{sketch: sketch}, nil
	case crowdExact:
		c := crowd{counts: map[string]int64{}}
		text := string(rest) // the names share it
		for at := 0; at < len(rest); {
			length, n := binary.Uvarint(rest[at:])
			if n <= 0 || length > uint64(len(rest)-at-n) {
				return crowd{}, errCrowd
			}
			at += n
			name := text[at : at+int(length)]
			at += int(length)
			count, n := binary.Varint(rest[at:])
			if n <= 0 {
				return crowd{}, errCrowd
			}
			at += n
			c.counts[name] = count
		}
		return c, nil
	default:
		return crowd{}, errCrowd
	}
}

// usageKey names a row of usage_day.
type usageKey struct {
	account, event string
	day            int64
	persona        string
}

func (k usageKey) compare(other usageKey) int {
	return cmp.Or(strings.Compare(k.account, other.account), strings.Compare(k.event, other.event), cmp.Compare(k.day, other.day), strings.Compare(k.persona, other.persona))
}
