package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"journeybot/bot"
	"journeybot/config"
	"journeybot/config/demo"
	"journeybot/handlers"
)

// progress is where the demo's story is; it survives a restart.
type progress struct {
	Started time.Time `json:"started"` // of the first run: the ids of all events follow from it
	Journey string    `json:"journey"` // the bundled map that accounts walk on
	Book    bool      `json:"book"`    // the accounts and their numbers are told
	Cycle   int       `json:"cycle"`
	Scene   int       `json:"scene"` // the next one of the cycle
}

func loadProgress(path string, now time.Time) (progress, error) {
	p := progress{Started: now.UTC().Truncate(time.Second)}
	raw, err := os.ReadFile(path) //nolint:gosec // in the demo's own folder
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err == nil {
		err = json.Unmarshal(raw, &p)
	}
	if err != nil {
		return p, fmt.Errorf("%s: %w. Start over with --fresh", path, err)
	}
	return p, nil
}

// sameJourney refuses to go on with another map: what was told of the accounts is told once.
func sameJourney(path, journey string) error {
	p, err := loadProgress(path, time.Time{})
	if err != nil || !p.Book || p.Journey == journey {
		return err
	}
	return fmt.Errorf("this demo began with %s: add --fresh to start over, or --data-dir to keep both", cmp.Or(p.Journey, "no bundled map"))
}

func (p progress) save(path string) error {
	raw, err := json.Marshal(p)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", raw, 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}

// tellStory publishes the demo's accounts and then its signals, on NATS as other programs would, until ctx ends.
func (o demoOptions) tellStory(ctx context.Context, env config.Env, path string, logger *slog.Logger) error {
	js, err := bot.Dial(env)
	if err != nil {
		return err
	}
	defer js.Conn().Close()
	sender := handlers.NewSender(js, env.NATS.SubjectPrefix, env.NATS.Stream)
	p, err := loadProgress(path, time.Now())
	if err != nil {
		return err
	}
	p.Journey = o.journey
	if !p.Book {
		for _, event := range demo.JourneyOn(o.journey).Book(p.Started) {
			if err := tell(ctx, sender, event); err != nil {
				return ended(ctx, err)
			}
		}
		p.Book = true
		if err := p.save(path); err != nil {
			return err
		}
		logger.Info("book told")
	}
	for ; ; p.Cycle, p.Scene = p.Cycle+1, 0 {
		if err := p.tellCycle(ctx, sender, path, o.speed); err != nil {
			return ended(ctx, err)
		}
	}
}

// tellCycle tells the scenes that are left of the cycle, each as long after the one before as the story says.
func (p *progress) tellCycle(ctx context.Context, sender *handlers.Sender, path string, speed float64) error {
	scenes := demo.JourneyOn(p.Journey).Story(p.Started, p.Cycle)
	pause := func(d time.Duration) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(float64(d) / speed)):
			return nil
		}
	}
	var at time.Duration
	if p.Scene > 0 && p.Scene <= len(scenes) {
		at = scenes[p.Scene-1].After
	}
	for ; p.Scene < len(scenes); p.Scene++ {
		scene := scenes[p.Scene]
		if err := pause(scene.After - at); err != nil {
			return err
		}
		at = scene.After
		if err := tell(ctx, sender, scene.Event); err != nil {
			return err
		}
		next := *p
		next.Scene++
		if err := next.save(path); err != nil {
			return err
		}
	}
	return pause(demo.CycleLength - at)
}

func tell(ctx context.Context, sender *handlers.Sender, e demo.Event) error {
	if e.Time.IsZero() {
		e.Time = time.Now()
	}
	event, err := envelope(e)
	if err != nil {
		return err
	}
	return sender.Send(ctx, event)
}

// ended is nil when err only says that the demo was stopped.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil //nolint:nilerr // it was asked to stop
	}
	return err
}

// logger writes to the terminal with --verbose, else to a file in the demo's folder.
func (o demoOptions) logger(env config.Env) (logger *slog.Logger, closeLog func(), err error) {
	if o.verbose {
		logger, err = newLogger(env, os.Stderr)
		return logger, func() {}, err
	}
	file, err := os.OpenFile(filepath.Join(o.dir, "journeybot.log"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, nil, err
	}
	logger, err = newLogger(env, file)
	return logger, func() { _ = file.Close() }, err
}
