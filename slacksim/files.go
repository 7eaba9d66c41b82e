package slacksim

import (
	"cmp"
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxUpload    = 50 << 20
	maxInputFile = 10 << 20 // in a file_input
)

// file is an uploaded file, or one that waits for its bytes.
type file struct {
	File
	Uploaded bool   `json:"uploaded"`
	Complete bool   `json:"complete"`
	Ticket   string `json:"ticket"` // of its upload address
	content  []byte
}

func (w *workspace) isImage(id string) bool {
	for _, f := range w.files {
		if f.Complete && (f.ID == id || f.URL == id) {
			return strings.HasPrefix(f.Mimetype, "image/")
		}
	}
	return false
}

func (s *Server) fileURL(id, name string) string {
	return s.url + "/files-pri/" + teamID + "-" + id + "/" + url.PathEscape(strings.ReplaceAll(name, " ", "_"))
}

func (s *Server) wireFile(f *file) object {
	return object{
		"id": f.ID, "created": f.Created.Unix(), "timestamp": f.Created.Unix(), "name": f.Name, "title": f.Title, "mimetype": f.Mimetype,
		"filetype": strings.TrimPrefix(path.Ext(f.Name), "."), "pretty_type": strings.ToUpper(strings.TrimPrefix(path.Ext(f.Name), ".")), "user": f.User,
		"user_team": teamID, "editable": false, "size": f.Size, "mode": "hosted", "is_external": false, "external_type": "", "is_public": len(f.Channels) > 0,
		"public_url_shared": false, "display_as_bot": false, "username": "", "url_private": f.URL, "url_private_download": f.URL + "?download",
		"permalink": s.url + "/files/" + f.User + "/" + f.ID, "alt_txt": f.AltText, "channels": append([]string{}, f.Channels...),
		"groups": []string{}, "ims": []string{}, "comments_count": 0, "has_rich_preview": false,
	}
}

func (s *Server) filesGetUploadURL(r *request) (object, error) {
	if r.str("filename") == "" {
		return nil, missing("filename")
	}
	size, ok := r.number("length", 0)
	if !ok || size == 0 {
		return nil, Error("missing_argument")
	}
	if len([]rune(r.str("alt_txt"))) > 1000 {
		return nil, Error("alt_txt_too_large")
	}
	name := path.Base(r.str("filename"))
	id := s.ws.newID("F")
	f := &file{
		File: File{
			ID: id, Name: name, Title: name, Size: size, AltText: r.str("alt_txt"), User: botUserID, Created: s.ws.now().UTC(),
			Mimetype: cmp.Or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream"),
			URL:      s.fileURL(id, name),
		},
		Ticket: random(24),
	}
	s.ws.files[id] = f
	s.ws.disk.put("file", id, f)
	return object{"upload_url": s.url + "/upload/" + f.Ticket, "file_id": id}, nil
}

// serveUpload takes the bytes: the raw body, or the first file of a form.
func (s *Server) serveUpload(w http.ResponseWriter, r *http.Request) {
	content, err := uploaded(r)
	ticket := r.PathValue("ticket")
	s.exchange(w, r, Call{Direction: FromApp, Method: "upload", Request: "(" + strconv.Itoa(len(content)) + " bytes)"}, "", func() answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, f := range s.ws.files {
			if f.Ticket != ticket || f.Uploaded || err != nil {
				continue
			}
			f.content, f.Size, f.Uploaded = content, len(content), true
			s.ws.disk.putFile(f.ID, content)
			s.ws.disk.put("file", f.ID, f)
			return answer{status: http.StatusOK, header: http.Header{"Content-Type": {"text/plain"}}, body: []byte("OK - " + strconv.Itoa(len(content)))}
		}
		return answer{status: http.StatusNotFound, body: []byte("no such upload"), code: "no_such_upload"}
	})
}

func uploaded(r *http.Request) ([]byte, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxUpload)
	if kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type")); kind != "multipart/form-data" {
		return io.ReadAll(r.Body)
	}
	parts, err := r.MultipartReader()
	if err != nil {
		return nil, err
	}
	for {
		part, err := parts.NextPart()
		if err != nil {
			return nil, err
		}
		if part.FileName() != "" {
			return io.ReadAll(part)
		}
	}
}

func (s *Server) filesComplete(r *request) (object, error) {
	var wanted []struct{ ID, Title string }
	if r.str("files") == "" {
		return nil, missing("files")
	}
	if json.Unmarshal([]byte(r.str("files")), &wanted) != nil || len(wanted) == 0 {
		return nil, &refusal{code: "invalid_arguments", messages: []string{"[ERROR] invalid files"}}
	}
	channels := slices.Concat(r.list("channel_id"), r.list("channels"))
	if len(channels) > 100 {
		return nil, Error("channels_limit_exceeded")
	}
	var done []*file
	for _, want := range wanted {
		f := s.ws.files[want.ID]
		if f == nil || !f.Uploaded || f.Complete {
			return nil, Error("file_not_found")
		}
		f.Title = cmp.Or(want.Title, f.Name)
		done = append(done, f)
	}
	var where []*conversation
	for _, id := range channels {
		c, err := s.writable(&request{args: map[string]string{"channel": id}})
		if err != nil {
			return nil, err
		}
		where = append(where, c)
	}
	var blocks json.RawMessage
	if raw := r.str("blocks"); raw != "" {
		var err error
		if blocks, err = s.checkBlocks(raw, "/blocks"); err != nil {
			return nil, err
		}
	}
	for _, f := range done {
		f.Complete = true
		for _, c := range where {
			f.Channels = append(f.Channels, c.ID)
		}
		s.ws.disk.put("file", f.ID, f)
	}
	for _, c := range where {
		thread, err := threadOf(c, r.str("thread_ts"))
		if err != nil {
			return nil, err
		}
		m := &Message{User: botUserID, BotID: botID, AppID: s.cfg.AppID, Text: r.str("initial_comment"), Blocks: blocks, ThreadTS: thread}
		for _, f := range done {
			m.Files = append(m.Files, f.File)
		}
		s.post(c, m)
	}
	shown := []object{}
	for _, f := range done {
		shown = append(shown, s.wireFile(f))
	}
	return object{"files": shown}, nil
}

func (s *Server) filesInfo(r *request) (object, error) {
	if r.str("file") == "" {
		return nil, missing("file")
	}
	f := s.ws.files[r.str("file")]
	if f == nil || !f.Complete {
		return nil, Error("file_not_found")
	}
	return object{"file": s.wireFile(f), "comments": []string{}, "content": "", "response_metadata": cursor("")}, nil
}

// serveFile gives the bytes to the bot's token, and everybody else a way to the login, as Slack does.
func (s *Server) serveFile(w http.ResponseWriter, r *http.Request) {
	s.exchange(w, r, Call{Direction: FromApp, Method: "download"}, "", func() answer {
		s.mu.Lock()
		defer s.mu.Unlock()
		f := s.ws.files[strings.TrimPrefix(r.PathValue("id"), teamID+"-")]
		switch {
		case r.Header.Get("Authorization") != "Bearer "+s.ws.botToken || s.revoked:
			return answer{status: http.StatusFound, header: http.Header{"Location": {s.url + "/?redir=" + r.URL.EscapedPath()}}, code: "not_authed"}
		case f == nil || !f.Complete:
			return answer{status: http.StatusNotFound, code: "file_not_found"}
		}
		return answer{status: http.StatusOK, header: http.Header{"Content-Type": {f.Mimetype}}, body: f.content}
	})
}

// FileContent returns a file and its bytes; ok is false for an unknown one. The slice must not be changed.
func (s *Server) FileContent(id string) (f File, content []byte, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	kept := s.ws.files[id]
	if kept == nil || !kept.Complete {
		return File{}, nil, false
	}
	return kept.File, kept.content, true
}

// upload is a file that a person attaches.
func (s *Server) upload(user, name string, content []byte) File {
	id := s.ws.newID("F")
	f := &file{File: File{
		ID: id, Name: name, Title: name, Size: len(content), User: user, Created: s.ws.now().UTC().Truncate(time.Second),
		Mimetype: cmp.Or(mime.TypeByExtension(path.Ext(name)), "application/octet-stream"), URL: s.fileURL(id, name),
	}, Uploaded: true, Complete: true, content: content}
	s.ws.files[id] = f
	s.ws.disk.putFile(id, content)
	s.ws.disk.put("file", id, f)
	return f.File
}
