using System.Text.Json.Nodes;

namespace Nico.Audit.Trail;

/// <summary>Hides what must never be stored: at any depth, whatever the case of the name.</summary>
internal static class Secrets
{
    private const string Mask19 = "*******************";

    private static readonly HashSet<string> _names = new(StringComparer.OrdinalIgnoreCase)
    {
        "ipxeScript", "userData", "publicKey", "defaultBmcUsername", "defaultBmcPassword", "bmcUsername", "bmcPassword",
        "imageAuthToken", "nvOsUsername", "nvOsPassword", "credentials", "clientSecret", "clientSecretBasic", "password", "token", "secret",
    };

    /// <summary>Replaces the value of every secret member by asterisks.</summary>
    public static void Mask(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject members:
                foreach (var name in members.Select(member => member.Key).ToArray())
                {
                    if (_names.Contains(name))
                    {
                        members[name] = Mask19;
                    }
                    else
                    {
                        Mask(members[name]);
                    }
                }

                break;
            case JsonArray items:
                foreach (var item in items)
                {
                    Mask(item);
                }

                break;
        }
    }
}
