using Xunit;

namespace Nico.Tests.Slices.Clients;

/// <summary>Kiota makes a C# client of our document, and the compiler takes it. docs/clients.md has the command.</summary>
public sealed class KiotaTests
{
    [Fact]
    public async Task A_csharp_client_of_our_document_compiles()
    {
        var folder = Tools.Copy("kiota");
        try
        {
            // The update check would ask the network on each run.
            var offline = new Dictionary<string, string> { ["KIOTA_OFFLINE_ENABLED"] = "true" };
            Assert.SkipUnless(
                await Tools.Fetch(Tools.Root, "dotnet", "tool", "restore") && await Tools.Fetch(folder, "dotnet", "restore", "--locked-mode"),
                "the packages cannot be fetched");

            await Tools.Run(
                Tools.Root, offline, "dotnet", "kiota", "generate", "--language", "CSharp", "--openapi", Path.Combine("docs", "openapi.json"),
                "--class-name", "NicoClient", "--namespace-name", "Nico.Client", "--output", Path.Combine(folder, "Generated"));
            Assert.True(Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Count() > 100);
            await Tools.Run(folder, null, "dotnet", "build", "--no-restore", "--nologo", "-v", "quiet");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
