// Package storagetest gives tests real databases: Postgres servers of their own and fresh databases on them.
//
// Only tests import it. A server is started from the installed Postgres binaries (those of PATH, else the newest under
// /usr/lib/postgresql), as a user without rights when the tests run as root, and ends with the test process, however that ends.
package storagetest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Server is a private Postgres server that a test can stop, start and freeze.
type Server struct {
	tb   testing.TB
	bin  string
	dir  string
	port int
	as   *syscall.Credential

	guard *exec.Cmd
	hold  io.WriteCloser // the guard ends the server when this closes
}

// NewServer starts a server for one test and removes it at the end. Without Postgres the test is skipped, under CI=true it fails.
func NewServer(tb testing.TB) *Server {
	tb.Helper()
	s, err := start()
	if err != nil {
		missing(tb, err)
	}
	s.tb = tb
	tb.Cleanup(s.remove)
	return s
}

// URL is the address of the server's database "postgres".
func (s *Server) URL() string {
	return fmt.Sprintf("postgres://postgres@127.0.0.1:%d/postgres?sslmode=disable", s.port)
}

// Stop ends the server at once, as a crash would; Start brings it back with the same port and data.
func (s *Server) Stop() {
	s.tb.Helper()
	s.Resume() // a stopped process takes no signal but SIGKILL
	if err := s.end("keep"); err != nil {
		s.tb.Fatalf("stop Postgres: %v", err)
	}
}

// Start starts the server again after Stop.
func (s *Server) Start() {
	s.tb.Helper()
	if err := s.launch(); err != nil {
		s.tb.Fatalf("start Postgres: %v", err)
	}
}

// Pause freezes all processes of the server: connections stay open and nothing answers. Resume lets them go on.
func (s *Server) Pause() { s.signal(syscall.SIGSTOP) }

// Resume ends a Pause.
func (s *Server) Resume() { s.signal(syscall.SIGCONT) }

func start() (*Server, error) {
	bin, err := binaries()
	if err != nil {
		return nil, err
	}
	s := &Server{bin: bin}
	if os.Geteuid() == 0 {
		if s.as, err = ordinaryUser(); err != nil {
			return nil, err
		}
	}
	if s.dir, err = os.MkdirTemp("", "journeybot-postgres-"); err != nil {
		return nil, err
	}
	if s.as != nil {
		if err := os.Chown(s.dir, int(s.as.Uid), int(s.as.Gid)); err != nil {
			return nil, err
		}
	}
	initdb := s.command(filepath.Join(bin, "initdb"), "-D", s.data(), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
	if out, err := initdb.CombinedOutput(); err != nil {
		_ = os.RemoveAll(s.dir)
		return nil, fmt.Errorf("initdb: %w: %s", err, out)
	}
	for range 5 { // another process may take the port first
		if s.port, err = freePort(); err != nil {
			break
		}
		if err = s.launch(); err == nil {
			return s, nil
		}
	}
	_ = os.RemoveAll(s.dir)
	return nil, err
}

func (s *Server) data() string { return filepath.Join(s.dir, "data") }

func (s *Server) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "HOME="+s.dir, "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.as, Setpgid: true}
	return cmd
}

// guard runs the server and ends it when its standard input closes, which also happens when the test process dies.
const guard = `dir=$1
"$2" -D "$3" $4 & server=$!
read -r word
kill -CONT $server 2>/dev/null
kill -QUIT $server 2>/dev/null
wait $server
[ "$word" = keep ] || rm -rf "$dir"`

func (s *Server) launch() error {
	settings := []string{
		"listen_addresses=127.0.0.1", "port=" + strconv.Itoa(s.port), "unix_socket_directories=", "max_connections=300",
		"fsync=off", "full_page_writes=off", "shared_buffers=64MB", // what was committed outlives the server, not the machine
	}
	options := "-c " + strings.Join(settings, " -c ")
	s.guard = s.command("/bin/sh", "-c", guard, "guard", s.dir, filepath.Join(s.bin, "postgres"), s.data(), options)
	log, err := os.Create(s.log())
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	s.guard.Stdout, s.guard.Stderr = log, log
	if s.hold, err = s.guard.StdinPipe(); err != nil {
		return err
	}
	if err := s.guard.Start(); err != nil {
		return err
	}
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		if s.answers() {
			return nil
		}
		if said, _ := os.ReadFile(s.log()); time.Now().After(deadline) || gaveUp(said) {
			return errors.Join(fmt.Errorf("the server did not start: %s", said), s.end("keep"))
		}
	}
}

// gaveUp reports whether the log says that the server ended. What it says to clients that come too early does not count.
func gaveUp(log []byte) bool {
	for line := range bytes.Lines(log) {
		if bytes.Contains(line, []byte("FATAL")) && !bytes.Contains(line, []byte("the database system is ")) {
			return true
		}
	}
	return false
}

func (s *Server) log() string { return filepath.Join(s.dir, "log") }

// answers tells from the server's own lock file, whose eighth line is its state.
func (s *Server) answers() bool {
	lock, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(lock), "\n")
	return len(lines) > 7 && strings.TrimSpace(lines[7]) == "ready"
}

// end stops the server and waits until it is gone; any word but "keep" also removes its data.
func (s *Server) end(word string) error {
	_, _ = io.WriteString(s.hold, word+"\n") // the guard may be gone already
	_ = s.hold.Close()
	return s.guard.Wait()
}

func (s *Server) remove() {
	s.Resume()
	_ = s.end("remove") // Stop may have ended it
	_ = os.RemoveAll(s.dir)
}

// signal reaches the server and then its children, so that a frozen server cannot start another one.
func (s *Server) signal(sig syscall.Signal) {
	lock, err := os.ReadFile(filepath.Join(s.data(), "postmaster.pid"))
	if err != nil {
		return // it does not run
	}
	first, _, _ := strings.Cut(string(lock), "\n")
	pid, err := strconv.Atoi(first)
	if err != nil {
		return
	}
	_ = syscall.Kill(pid, sig)
	for _, child := range children(pid) {
		_ = syscall.Kill(child, sig)
	}
}

func children(parent int) []int {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		return nil
	}
	var pids []int
	for lines := bufio.NewScanner(bytes.NewReader(out)); lines.Scan(); {
		var pid, ppid int
		if _, err := fmt.Sscan(lines.Text(), &pid, &ppid); err == nil && ppid == parent {
			pids = append(pids, pid)
		}
	}
	return pids
}

func binaries() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, err := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if err != nil || len(found) == 0 {
		return "", fmt.Errorf("no initdb in PATH or under /usr/lib/postgresql; install Postgres or set TEST_DATABASE_URL")
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

func version(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4]) // 0 for a strange name sorts first
	return n
}

// ordinaryUser is who Postgres runs as: it refuses root.
func ordinaryUser() (*syscall.Credential, error) {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			continue
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			continue
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("no user postgres or nobody to run Postgres as")
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port, nil
}

func missing(tb testing.TB, err error) {
	tb.Helper()
	if os.Getenv("CI") == "true" {
		tb.Fatalf("Postgres is needed under CI=true: %v", err)
	}
	tb.Skipf("no Postgres: %v", err)
}
