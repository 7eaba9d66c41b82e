package handlers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/slack-go/slack"

	"journeybot/cards"
)

const (
	pictureWithin = 10 * time.Second // then the answer goes without
	pictureLook   = 200 * time.Millisecond
)

// pictured replaces the charts of an answer by uploaded pictures when the growth file wants that.
func (s *Slack) pictured(ctx context.Context, d cards.Drawing) cards.Drawing {
	if s.cfg.Draw == nil {
		return d
	}
	return d.Pictured(func(c cards.Chart, alt string) string {
		id, err := s.upload(ctx, c, alt)
		if err != nil {
			s.cfg.Logger.Warn("chart not shown", "err", err)
			return ""
		}
		return id
	})
}

// upload draws a chart and gives it to Slack, shared nowhere: only a message that names the file shows it.
func (s *Slack) upload(ctx context.Context, c cards.Chart, alt string) (string, error) {
	raw, err := s.cfg.Draw(c)
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, pictureWithin)
	defer cancel()
	file, err := s.cfg.API.UploadFileContext(ctx, slack.UploadFileParameters{
		Reader: bytes.NewReader(raw), FileSize: len(raw), Filename: "chart.png", Title: c.Title, AltTxt: alt,
	})
	if err != nil {
		return "", fmt.Errorf("upload chart: %w", withoutURL(err))
	}
	return file.ID, s.processed(ctx, file.ID)
}

// processed waits until Slack knows what a file is: a message that shows it before is refused.
func (s *Slack) processed(ctx context.Context, id string) error {
	for {
		info, _, _, err := s.cfg.API.GetFileInfoContext(ctx, id, 0, 0)
		var limited *slack.RateLimitedError
		switch {
		case err == nil && info.Mimetype != "":
			return nil
		case err != nil && !errors.As(err, &limited) && err.Error() != "file_not_found":
			return fmt.Errorf("look at chart: %w", err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for chart: %w", ctx.Err())
		case <-time.After(pictureLook):
		}
	}
}
