package slacksim_test

import (
	"context"
	"testing"

	"journeybot/slacksim"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain finds what a closed Server leaves behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestLifecycle(t *testing.T) {
	t.Parallel()
	unused, err := slacksim.New(slacksim.Config{})
	require.NoError(t, err)
	require.NoError(t, unused.Close())
	require.NoError(t, unused.Close())
	require.Error(t, unused.Run(t.Context()), "closed before it ran")

	sim, err := slacksim.New(slacksim.Config{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- sim.Run(ctx) }()
	must(t, sim, "auth.test", nil)
	require.Error(t, sim.Run(t.Context()), "runs once")
	k := connect(t, sim)
	hold, err := sim.Inject(slacksim.Fault{Kind: slacksim.FaultHold})
	require.NoError(t, err)
	held := make(chan error, 1)
	go func() {
		_, err := attempt(context.WithoutCancel(t.Context()), sim, "general")
		held <- err
	}()
	<-hold.Reached()
	events, _, err := sim.Subscribe("maria")
	require.NoError(t, err)
	go func() { _, _ = sim.Command(context.WithoutCancel(t.Context()), "maria", "general", "/journey") }()
	k.read()
	cancel()
	require.NoError(t, <-ended)
	require.Error(t, <-held, "a held answer ends with the server")
	for range events { // closed
	}
	require.NoError(t, sim.Close())
}
