using Nico.Tests.Slices.Infrastructure;
using Xunit;

namespace Nico.Tests.Slices.Flows;

/// <summary>What <c>nico keys</c> says of the keys of a data folder, and <c>nico sites</c> of the sites of a running Nico.</summary>
public sealed class KeysCommandTests
{
    [Fact]
    public async Task Keys_are_listed_by_a_running_Nico_and_after_it_was_killed()
    {
        await using var site = await TestSite.Alone();
        await using var nico = await NicoProcess.Start(TestHost.NewOrg(), [site]);
        Assert.Matches(@"^\S+  \S+\.key  current  seals ", await nico.Says("keys"));
        Assert.Matches($@"^\S{{36}}  {site.Simulated.Core}  answers\s*$", await nico.Says("sites"));
        await nico.Kill();
        Assert.Matches(@"^\S+  \S+\.key  current\s+No Nico runs here", await nico.Says("keys"));
    }
}
