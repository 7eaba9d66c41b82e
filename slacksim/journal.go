package slacksim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// journal keeps the workspace in a file of JSON lines: the last line of a key is its value. It does no locking. The zero
// journal keeps nothing.
type journal struct {
	root *os.Root
	file *os.File
	err  error // the first failure
}

type line struct {
	Kind  string          `json:"kind"`
	Key   string          `json:"key"`
	Value json.RawMessage `json:"value"` // null when it is gone
}

type savedMeta struct {
	BotToken string `json:"bot_token"`
	AppToken string `json:"app_token"`
	Secret   string `json:"signing_secret"`
	Counter  int    `json:"counter"`
}

// saved is what a journal held.
type saved struct {
	meta     savedMeta
	users    []*User
	channels map[string]*conversation
	homes    map[string]*view
	files    map[string]*file
	hooks    map[string]*hook
	lastTS   int64
}

const (
	journalName = "slack.jsonl"
	filesDir    = "files"
)

// openJournal loads the journal of dir, drops what later lines replaced, and opens it for more.
func openJournal(dir string) (*journal, *saved, error) {
	if dir == "" {
		state, err := decodeSaved(nil)
		return &journal{}, state, err
	}
	if err := os.MkdirAll(filepath.Join(dir, filesDir), 0o700); err != nil {
		return nil, nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, nil, err
	}
	j := &journal{root: root}
	state, err := j.load()
	if err != nil {
		return nil, nil, errors.Join(err, root.Close())
	}
	return j, state, nil
}

func (j *journal) load() (*saved, error) {
	lines, err := readLines(j.root)
	if err != nil {
		return nil, err
	}
	state, err := decodeSaved(lines)
	if err != nil {
		return nil, err
	}
	if err := state.readFiles(j.root); err != nil {
		return nil, err
	}
	return state, j.rewrite(lines)
}

// readLines returns the newest line of each key, in the order of their first writing. A last line that a crash cut short is
// left out.
func readLines(root *os.Root) ([]line, error) {
	raw, err := root.ReadFile(journalName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var lines []line
	place := map[string]int{}
	for number, text := range bytes.Split(raw, []byte("\n")) {
		if len(text) == 0 {
			continue
		}
		var l line
		if err := json.Unmarshal(text, &l); err != nil {
			if number == bytes.Count(raw, []byte("\n")) {
				continue
			}
			return nil, fmt.Errorf("%s:%d: %w", filepath.Join(root.Name(), journalName), number+1, err)
		}
		key := l.Kind + " " + l.Key
		if at, ok := place[key]; ok {
			lines[at] = l
			continue
		}
		place[key] = len(lines)
		lines = append(lines, l)
	}
	return slices.DeleteFunc(lines, func(l line) bool { return string(l.Value) == "null" }), nil
}

func (j *journal) rewrite(lines []line) error {
	const temporary = journalName + ".new"
	next, err := j.root.OpenFile(temporary, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(next)
	for _, l := range lines {
		_, _ = out.Write(append(encode(l), '\n'))
	}
	if err := errors.Join(out.Flush(), j.root.Rename(temporary, journalName)); err != nil {
		return errors.Join(err, next.Close())
	}
	j.file = next
	return nil
}

// put writes a value; nil takes it away. Failures are kept for failure and close.
func (j *journal) put(kind, key string, value any) {
	if j.file == nil {
		return
	}
	if _, err := j.file.Write(append(encode(line{Kind: kind, Key: key, Value: encode(value)}), '\n')); err != nil && j.err == nil {
		j.err = err
	}
}

func (j *journal) putFile(id string, content []byte) {
	if j.file == nil {
		return
	}
	if err := j.root.WriteFile(filepath.Join(filesDir, id), content, 0o600); err != nil && j.err == nil {
		j.err = err
	}
}

func (j *journal) failure() error { return j.err }

func (j *journal) close() error {
	if j.file == nil {
		return nil
	}
	err := errors.Join(j.err, j.file.Close(), j.root.Close())
	j.file, j.err = nil, nil
	return err
}

func decodeSaved(lines []line) (*saved, error) {
	s := &saved{channels: map[string]*conversation{}, homes: map[string]*view{}, files: map[string]*file{}, hooks: map[string]*hook{}}
	var messages []*Message
	for _, l := range lines {
		var err error
		switch l.Kind {
		case "meta":
			err = json.Unmarshal(l.Value, &s.meta)
		case "user":
			s.users, err = appendDecoded(s.users, l.Value)
		case "message":
			messages, err = appendDecoded(messages, l.Value)
		case "channel":
			err = decodeInto(s.channels, l)
		case "home":
			err = decodeInto(s.homes, l)
		case "file":
			err = decodeInto(s.files, l)
		case "hook":
			err = decodeInto(s.hooks, l)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s %s: %w", l.Kind, l.Key, err)
		}
	}
	for _, m := range messages {
		if c := s.channels[m.Channel]; c != nil {
			c.insert(m)
		}
		micros, _ := parseTS(m.TS)
		edited, _ := parseTS(m.EditedTS)
		s.lastTS = max(s.lastTS, micros, edited)
	}
	return s, nil
}

func appendDecoded[T any](list []*T, raw json.RawMessage) ([]*T, error) {
	value := new(T)
	err := json.Unmarshal(raw, value)
	return append(list, value), err
}

func decodeInto[T any](all map[string]*T, l line) error {
	value := new(T)
	all[l.Key] = value
	return json.Unmarshal(l.Value, value)
}

func (s *saved) readFiles(root *os.Root) error {
	for id, f := range s.files {
		content, err := root.ReadFile(filepath.Join(filesDir, id))
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		f.content = content
	}
	return nil
}
