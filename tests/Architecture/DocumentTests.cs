using System.Text.Json.Nodes;
using Xunit;

namespace Nico.Tests.Architecture;

/// <summary>The OpenAPI document in docs/ is the one that is served.</summary>
public sealed class DocumentTests(RunningRoutes running)
{
    [Fact]
    public void The_document_in_docs_is_up_to_date()
    {
        var kept = JsonNode.Parse(File.ReadAllText(Path.Combine(Repository.Root, "docs", "openapi.json")));

        Assert.True(JsonNode.DeepEquals(kept, running.Document), "docs/openapi.json is out of date: ./nico openapi --output docs/openapi.json");
    }
}
