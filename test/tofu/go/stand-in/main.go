// A provider for OpenTofu that stands in for any other: it has the resources of schemas.json and creates nothing.
// A computed value is a number or an address that follows from the configuration.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// A block: each entry is a nested block (an object), a type, or ["computed", type].
type block map[string]json.RawMessage

type provider struct {
	Provider  block            `json:"provider"`
	Resources map[string]block `json:"resources"`
	Data      map[string]block `json:"data"`
}

type server struct {
	tfprotov6.ProviderServer
	provider
}

func main() {
	text, err := os.ReadFile(os.Getenv("STAND_IN_SCHEMAS"))
	check(err)
	var all map[string]provider
	check(json.Unmarshal(text, &all))
	name := regexp.MustCompile(`^terraform-provider-([a-z]+)`).FindStringSubmatch(filepath.Base(os.Args[0]))[1]
	check(tf6server.Serve("sensorbake.invalid/test/"+name, func() tfprotov6.ProviderServer {
		return server{provider: all[name]}
	}))
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// The type of an entry, whether the provider computes it, and the nested block if it is one.
func entry(raw json.RawMessage) (tftypes.Type, bool, block) {
	var nested block
	if json.Unmarshal(raw, &nested) == nil {
		return tftypes.List{ElementType: typeOf(nested)}, false, nested
	}
	var parts []json.RawMessage
	isComputed := json.Unmarshal(raw, &parts) == nil && string(parts[0]) == `"computed"`
	if isComputed {
		raw = parts[1]
	}
	kind, err := tftypes.ParseJSONType(raw) //nolint:staticcheck
	check(err)
	return kind, isComputed, nil
}

func typeOf(of block) tftypes.Type {
	kinds := map[string]tftypes.Type{}
	for name, raw := range of {
		kinds[name], _, _ = entry(raw)
	}
	return tftypes.Object{AttributeTypes: kinds}
}

func schemaOf(of block) *tfprotov6.Schema {
	return &tfprotov6.Schema{Block: schemaBlock(of)}
}

func schemaBlock(of block) *tfprotov6.SchemaBlock {
	made := &tfprotov6.SchemaBlock{}
	for name, raw := range of {
		kind, isComputed, nested := entry(raw)
		if nested != nil {
			made.BlockTypes = append(made.BlockTypes, &tfprotov6.SchemaNestedBlock{
				TypeName: name, Block: schemaBlock(nested), Nesting: tfprotov6.SchemaNestedBlockNestingModeList,
			})
			continue
		}
		made.Attributes = append(made.Attributes, &tfprotov6.SchemaAttribute{
			Name: name, Type: kind, Optional: true, Computed: isComputed,
		})
	}
	return made
}

func (s server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	answer := &tfprotov6.GetProviderSchemaResponse{
		Provider:          schemaOf(s.Provider),
		ResourceSchemas:   map[string]*tfprotov6.Schema{},
		DataSourceSchemas: map[string]*tfprotov6.Schema{},
	}
	for name, of := range s.Resources {
		answer.ResourceSchemas[name] = schemaOf(of)
	}
	for name, of := range s.Data {
		answer.DataSourceSchemas[name] = schemaOf(of)
	}
	return answer, nil
}

func (s server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s server) ValidateProviderConfig(_ context.Context, r *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: r.Config}, nil
}

func (s server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func (s server) ValidateResourceConfig(context.Context, *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	return &tfprotov6.ValidateResourceConfigResponse{}, nil
}

func (s server) ValidateDataResourceConfig(context.Context, *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	return &tfprotov6.ValidateDataResourceConfigResponse{}, nil
}

func (s server) UpgradeResourceState(_ context.Context, r *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	kind := typeOf(s.Resources[r.TypeName])
	value, err := r.RawState.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, value)
	return &tfprotov6.UpgradeResourceStateResponse{UpgradedState: &state}, err
}

func (s server) ReadResource(_ context.Context, r *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{NewState: r.CurrentState, Private: r.Private}, nil
}

func (s server) PlanResourceChange(_ context.Context, r *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	of := s.Resources[r.TypeName]
	state, err := change(of, r.ProposedNewState, func(kind tftypes.Type, _ string) tftypes.Value {
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	})
	return &tfprotov6.PlanResourceChangeResponse{PlannedState: state}, err
}

func (s server) ApplyResourceChange(_ context.Context, r *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	state, err := filled(s.Resources[r.TypeName], r.TypeName, r.PlannedState)
	return &tfprotov6.ApplyResourceChangeResponse{NewState: state}, err
}

func (s server) ReadDataSource(_ context.Context, r *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	state, err := filled(s.Data[r.TypeName], r.TypeName, r.Config)
	return &tfprotov6.ReadDataSourceResponse{State: state}, err
}

func filled(of block, name string, from *tfprotov6.DynamicValue) (*tfprotov6.DynamicValue, error) {
	sum := fnv.New32a()
	sum.Write([]byte(name))
	sum.Write(from.MsgPack)
	number := sum.Sum32()
	return change(of, from, func(kind tftypes.Type, attribute string) tftypes.Value {
		return made(kind, attribute, number)
	})
}

// Gives a value to every computed attribute that has none.
func change(of block, from *tfprotov6.DynamicValue, give func(tftypes.Type, string) tftypes.Value) (*tfprotov6.DynamicValue, error) {
	kind := typeOf(of)
	value, err := from.Unmarshal(kind)
	if err != nil {
		return nil, err
	}
	state, err := tfprotov6.NewDynamicValue(kind, completed(of, value, give))
	return &state, err
}

func completed(of block, value tftypes.Value, give func(tftypes.Type, string) tftypes.Value) tftypes.Value {
	if value.IsNull() || !value.IsKnown() {
		return value
	}
	entries := map[string]tftypes.Value{}
	check(value.As(&entries))
	for name, raw := range of {
		kind, isComputed, nested := entry(raw)
		if isComputed && (entries[name].IsNull() || !entries[name].IsKnown()) {
			entries[name] = give(kind, name)
		}
		if nested != nil && entries[name].IsKnown() && !entries[name].IsNull() {
			items := []tftypes.Value{}
			check(entries[name].As(&items))
			for index := range items {
				items[index] = completed(nested, items[index], give)
			}
			entries[name] = tftypes.NewValue(kind, items)
		}
	}
	return tftypes.NewValue(value.Type(), entries)
}

func made(kind tftypes.Type, name string, number uint32) tftypes.Value {
	switch kind := kind.(type) {
	case tftypes.List:
		return tftypes.NewValue(kind, []tftypes.Value{made(kind.ElementType, name, number)})
	case tftypes.Object:
		entries := map[string]tftypes.Value{}
		for name, of := range kind.AttributeTypes {
			entries[name] = made(of, name, number)
		}
		return tftypes.NewValue(kind, entries)
	}
	if kind.Is(tftypes.Number) {
		return tftypes.NewValue(kind, number)
	}
	if strings.Contains(name, "ip") || strings.Contains(name, "address") {
		return tftypes.NewValue(kind, fmt.Sprintf("10.%d.%d.%d", number>>16&255, number>>8&255, number&255))
	}
	return tftypes.NewValue(kind, fmt.Sprint(number))
}
