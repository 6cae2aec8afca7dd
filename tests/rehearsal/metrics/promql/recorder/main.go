package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strconv"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/tsdb"
)

type Series struct {
	Labels map[string]string `json:"labels"`
	Points [][2]any `json:"points"`
}
type Query struct {
	Q  string  `json:"q"`
	At float64 `json:"at"`
}
type In struct {
	Series  []Series `json:"series"`
	Queries []Query  `json:"queries"`
}

func num(f float64) string {
	if math.IsNaN(f) {
		return "NaN"
	}
	if math.IsInf(f, 1) {
		return "+Inf"
	}
	if math.IsInf(f, -1) {
		return "-Inf"
	}
	return fmt.Sprintf("%.17g", f)
}

func main() {
	var in In
	if err := json.NewDecoder(os.Stdin).Decode(&in); err != nil {
		panic(err)
	}
	dir, _ := os.MkdirTemp("", "oracle")
	defer os.RemoveAll(dir)
	opts := tsdb.DefaultOptions()
	opts.OutOfOrderTimeWindow = 0
	db, err := tsdb.Open(dir, nil, nil, opts, nil)
	if err != nil {
		panic(err)
	}
	defer db.Close()
	app := db.Appender(context.Background())
	for _, s := range in.Series {
		l := labels.FromMap(s.Labels)
		for _, p := range s.Points {
			t := p[0].(float64)
			v, err := strconv.ParseFloat(p[1].(string), 64)
			if err != nil {
				panic(err)
			}
			if _, err := app.Append(0, l, int64(math.Round(t*1000)), v); err != nil {
				panic(err)
			}
		}
	}
	if err := app.Commit(); err != nil {
		panic(err)
	}
	engine := promql.NewEngine(promql.EngineOpts{MaxSamples: 50000000, Timeout: 10 * time.Second, EnableAtModifier: true, EnableNegativeOffset: true, LookbackDelta: 5 * time.Minute, NoStepSubqueryIntervalFn: func(int64) int64 { return 60000 }, Parser: parser.NewParser(parser.Options{EnableExperimentalFunctions: false})})
	out := []map[string]any{}
	for _, q := range in.Queries {
		r := map[string]any{"q": q.Q, "at": q.At}
		qry, err := engine.NewInstantQuery(context.Background(), db, nil, q.Q, time.UnixMilli(int64(math.Round(q.At*1000))))
		if err != nil {
			r["parse_error"] = err.Error()
			out = append(out, r)
			continue
		}
		res := qry.Exec(context.Background())
		if res.Err != nil {
			r["error"] = res.Err.Error()
		} else {
			r["type"] = string(res.Value.Type())
			switch v := res.Value.(type) {
			case promql.Scalar:
				r["value"] = num(v.V)
			case promql.String:
				r["value"] = v.V
			case promql.Vector:
				els := []any{}
				for _, s := range v {
					els = append(els, []any{s.Metric.Map(), num(s.F)})
				}
				r["value"] = els
			case promql.Matrix:
				els := []any{}
				for _, s := range v {
					ps := []any{}
					for _, p := range s.Floats {
						ps = append(ps, []any{float64(p.T) / 1000, num(p.F)})
					}
					els = append(els, []any{s.Metric.Map(), ps})
				}
				r["value"] = els
			}
		}
		out = append(out, r)
	}
	e := json.NewEncoder(os.Stdout)
	e.SetEscapeHTML(false)
	e.Encode(out)
}
