package slacksim

import (
	"context"
	"net/http"
)

// Server is a local Slack. Make one with New.
type Server struct{}

// New listens and loads what Config.Dir keeps, but serves nothing before Run or Start: until then calls wait.
func New(cfg Config) (*Server, error) { panic("todo") }

// Run serves until ctx ends or Close is called, and returns nil then. When it returns, every connection is closed and no goroutine is
// left. A Server runs once.
func (s *Server) Run(ctx context.Context) error { panic("todo") }

// Start runs the Server in the background until Close.
func (s *Server) Start() { panic("todo") }

// Close ends Run or Start and waits for it. It may be called more than once, and without Run.
func (s *Server) Close() error { panic("todo") }

// URL returns the base address, without a trailing slash.
func (s *Server) URL() string { panic("todo") }

// APIURL returns the address of the Web API; it ends in /api/.
func (s *Server) APIURL() string { panic("todo") }

// BotToken returns the bot's token (xoxb-…).
func (s *Server) BotToken() string { panic("todo") }

// AppToken returns the app-level token (xapp-…).
func (s *Server) AppToken() string { panic("todo") }

// SigningSecret returns what HTTP deliveries are signed with.
func (s *Server) SigningSecret() string { panic("todo") }

// Handle serves pattern (of net/http's ServeMux) with h: for a page. The Server's own paths are /api/, /link/, /commands/,
// /actions/, /upload/, /files-pri/ and /sim/.
func (s *Server) Handle(pattern string, h http.Handler) { panic("todo") }

// Team returns the workspace's name.
func (s *Server) Team() string { panic("todo") }
