package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// TestMain lets the test binary be the program: the end-to-end tests start it as a process that they can kill.
func TestMain(m *testing.M) {
	if os.Getenv("JOURNEYBOT_TEST_MAIN") == "1" {
		main()
		return
	}
	os.Exit(m.Run())
}

// process is the real program, started by a test.
type process struct {
	tb   testing.TB
	cmd  *exec.Cmd
	done chan struct{} // closed when it has ended
	err  error         // how; valid after done

	mu    sync.Mutex
	lines []string
	grown chan struct{} // closed and replaced with each line
}

// start runs `journeybot args…` with only the given environment (and PATH, HOME, TMPDIR).
func start(tb testing.TB, env map[string]string, args ...string) *process {
	tb.Helper()
	p := &process{tb: tb, cmd: exec.Command(os.Args[0], args...), done: make(chan struct{}), grown: make(chan struct{})}
	p.cmd.Env = []string{"JOURNEYBOT_TEST_MAIN=1", "PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()}
	for name, value := range env {
		p.cmd.Env = append(p.cmd.Env, name+"="+value)
	}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, in, err := os.Pipe()
	require.NoError(tb, err)
	p.cmd.Stdout, p.cmd.Stderr = in, in
	require.NoError(tb, p.cmd.Start())
	require.NoError(tb, in.Close())
	var reading sync.WaitGroup
	reading.Go(func() { p.read(out) })
	go func() {
		p.err = p.cmd.Wait()
		reading.Wait()
		close(p.done)
	}()
	tb.Cleanup(func() {
		p.kill()
		if tb.Failed() {
			tb.Logf("output of journeybot %s:\n%s", strings.Join(args, " "), p.output())
		}
	})
	return p
}

func (p *process) read(out io.ReadCloser) {
	defer out.Close() //nolint:errcheck // only read
	scanner := bufio.NewScanner(out)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		p.mu.Lock()
		p.lines = append(p.lines, scanner.Text())
		close(p.grown)
		p.grown = make(chan struct{})
		p.mu.Unlock()
	}
}

func (p *process) output() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.lines, "\n")
}

// line waits for a line of output that find accepts and returns it.
func (p *process) line(within time.Duration, find func(string) bool) string {
	p.tb.Helper()
	deadline := time.After(within)
	for seen := 0; ; {
		p.mu.Lock()
		lines, grown := p.lines, p.grown
		p.mu.Unlock()
		for ; seen < len(lines); seen++ {
			if find(lines[seen]) {
				return lines[seen]
			}
		}
		select {
		case <-grown:
		case <-p.done:
			require.FailNow(p.tb, "the program ended early", "%v\n%s", p.err, p.output())
		case <-deadline:
			require.FailNow(p.tb, "the program did not say it in time", p.output())
		}
	}
}

// address waits until the program serves HTTP and returns http://host:port.
func (p *process) address() string {
	p.tb.Helper()
	var entry struct{ Msg, Addr string }
	p.line(30*time.Second, func(line string) bool {
		return json.Unmarshal([]byte(line), &entry) == nil && entry.Msg == "listening"
	})
	return "http://" + entry.Addr
}

// ready waits until /readyz says 200.
func (p *process) ready() {
	p.tb.Helper()
	url := p.address() + "/readyz"
	require.Eventually(p.tb, func() bool { return status(url) == http.StatusOK }, 30*time.Second, 20*time.Millisecond, "not ready")
}

func status(url string) int {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	_ = resp.Body.Close()
	return resp.StatusCode
}

// kill ends the program at once, as a power cut would, and waits.
func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	<-p.done
}

// stop asks the program to stop, as Ctrl-C does, and returns its exit code.
func (p *process) stop(within time.Duration) int {
	p.tb.Helper()
	require.NoError(p.tb, p.cmd.Process.Signal(os.Interrupt))
	select {
	case <-p.done:
	case <-time.After(within):
		require.FailNow(p.tb, "the program did not stop in time", p.output())
	}
	return p.cmd.ProcessState.ExitCode()
}
