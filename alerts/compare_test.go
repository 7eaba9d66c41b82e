package alerts_test

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"journeybot/alerts"
)

// TestWilson checks the cases of Newcombe, Statistics in Medicine 17 (1998), 857–872, table I, method 3.
func TestWilson(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		good, cases float64
		low, high   float64
	}{
		{81, 263, 0.2553, 0.3662},
		{15, 148, 0.0624, 0.1605},
		{0, 20, 0, 0.1611},
		{1, 29, 0.0061, 0.1718},
		{0, 0, 0, 1},
	} {
		p := 0.0
		if tc.cases > 0 {
			p = tc.good / tc.cases
		}
		got := alerts.Wilson(p, tc.cases)
		require.InDelta(t, tc.low, got.Low, 0.00005, "%v of %v", tc.good, tc.cases)
		require.InDelta(t, tc.high, got.High, 0.00005, "%v of %v", tc.good, tc.cases)
	}
}

// TestNewcombe checks the cases of Newcombe, Statistics in Medicine 17 (1998), 873–890, table II, method 10.
func TestNewcombe(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct{ a, m, b, n, low, high float64 }{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{10, 10, 0, 20, 0.6791, 1},
	} {
		got := alerts.Newcombe(tc.a/tc.m, tc.m, tc.b/tc.n, tc.n)
		require.InDelta(t, tc.low, got.Low, 0.00006, tc)
		require.InDelta(t, tc.high, got.High, 0.00006, tc)
	}
}

func TestCompare(t *testing.T) {
	t.Parallel()
	share := func(good, cases int) alerts.Share { return alerts.Share{Good: good, Cases: cases} }
	for name, tc := range map[string]struct {
		strata []alerts.Stratum
		want   alerts.Comparison
	}{
		"nothing": {nil, alerts.Comparison{}},
		"one side only": {
			[]alerts.Stratum{{With: share(20, 30)}, {Without: share(1, 40)}},
			alerts.Comparison{},
		},
		"one stratum is plain": {
			[]alerts.Stratum{{With: share(56, 70), Without: share(48, 80)}},
			alerts.Comparison{With: share(56, 70), Without: share(48, 80), Expected: 0.6, Difference: 0.2, Interval: alerts.Interval{Low: 0.0524, High: 0.3339}, Enough: true},
		},
		"the same mix is plain too": {
			[]alerts.Stratum{{With: share(28, 35), Without: share(24, 40)}, {With: share(28, 35), Without: share(24, 40)}},
			alerts.Comparison{With: share(56, 70), Without: share(48, 80), Expected: 0.6, Difference: 0.2, Interval: alerts.Interval{Low: 0.0524, High: 0.3339}, Enough: true},
		},
		// Mild ones end well in 80 % of all, severe ones in 20 %, with a step or without; steps are done in the severe ones.
		"a mix is no difference": {
			[]alerts.Stratum{{With: share(16, 20), Without: share(160, 200)}, {With: share(40, 200), Without: share(4, 20)}},
			alerts.Comparison{
				With: share(56, 220), Without: share(164, 220), Expected: (0.8*20 + 0.2*200) / 220, Difference: 0,
				Interval: alerts.Interval{Low: -0.2054, High: 0.1448}, Enough: true,
			},
		},
		"19 with a step are too few": {
			[]alerts.Stratum{{With: share(19, 19), Without: share(0, 100)}},
			alerts.Comparison{With: share(19, 19), Without: share(0, 100), Expected: 0, Difference: 1, Interval: alerts.Interval{Low: 0.8278, High: 1}},
		},
		"19 without one are too few": {
			[]alerts.Stratum{{With: share(100, 100), Without: share(0, 19)}},
			alerts.Comparison{With: share(100, 100), Without: share(0, 19), Expected: 0, Difference: 1, Interval: alerts.Interval{Low: 0.8278, High: 1}},
		},
		"many without one are few where it matters": {
			[]alerts.Stratum{{With: share(90, 100), Without: share(1, 2)}, {With: share(1, 1), Without: share(100, 500)}},
			alerts.Comparison{
				With: share(91, 101), Without: share(101, 502), Expected: (0.5*100 + 0.2) / 101, Difference: 91.0/101 - 50.2/101,
				Interval: alerts.Interval{Low: -0.0087, High: 0.8085},
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := alerts.Compare(tc.strata)
			require.Equal(t, tc.want.With, got.With)
			require.Equal(t, tc.want.Without, got.Without)
			require.Equal(t, tc.want.Enough, got.Enough)
			require.InDelta(t, tc.want.Expected, got.Expected, 1e-9)
			require.InDelta(t, tc.want.Difference, got.Difference, 1e-9)
			require.InDelta(t, tc.want.Interval.Low, got.Interval.Low, 0.00006)
			require.InDelta(t, tc.want.Interval.High, got.Interval.High, 0.00006)
		})
	}
}

func TestIntervalsHoldTheirShares(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		strata := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) alerts.Stratum {
			share := func(label string) alerts.Share {
				cases := rapid.IntRange(0, 300).Draw(t, label)
				return alerts.Share{Good: rapid.IntRange(0, cases).Draw(t, label+" good"), Cases: cases}
			}
			return alerts.Stratum{With: share("with"), Without: share("without")}
		}), 0, 6).Draw(t, "strata")
		c := alerts.Compare(strata)
		require.GreaterOrEqual(t, c.Difference, c.Interval.Low)
		require.LessOrEqual(t, c.Difference, c.Interval.High)
		require.GreaterOrEqual(t, c.Interval.Low, -1.0)
		require.LessOrEqual(t, c.Interval.High, 1.0)
	})
}

// TestCompareFindsAKnownDifference simulates a world in which 20 points more end well with a step done, whatever the severity, and
// steps are done rather in severe alerts, which end badly more often.
func TestCompareFindsAKnownDifference(t *testing.T) {
	t.Parallel()
	const worlds, truth = 1000, 0.2
	chance := rand.New(rand.NewPCG(5, 24))
	draw := func(cases int, p float64) alerts.Share {
		s := alerts.Share{Cases: cases}
		for range cases {
			if chance.Float64() < p {
				s.Good++
			}
		}
		return s
	}
	held, clear, naive, sum := 0, 0, 0, 0.0
	for range worlds {
		mild := alerts.Stratum{With: draw(30, 0.6+truth), Without: draw(120, 0.6)}
		severe := alerts.Stratum{With: draw(90, 0.2+truth), Without: draw(60, 0.2)}
		c := alerts.Compare([]alerts.Stratum{mild, severe})
		sum += c.Difference
		if c.Interval.Low <= truth && truth <= c.Interval.High {
			held++
		}
		if c.Interval.Low > 0 {
			clear++
		}
		if c.With.Of() > c.Without.Of()+0.1 {
			naive++
		}
	}
	require.InDelta(t, truth, sum/worlds, 0.01, "on average it is right")
	require.GreaterOrEqual(t, held, worlds*94/100, "95 % of intervals hold the truth")
	require.Greater(t, clear, worlds*80/100, "it is found")
	require.Less(t, naive, worlds/5, "shares of all cases alike would have hidden it")
}
