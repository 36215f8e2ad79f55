using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Nico.SharedKernel;
using Nico.SharedKernel.Secrets;

namespace Nico.Hardware.Sites.Pairing;

/// <summary>
/// The one-time passwords with which controllers pair themselves. Kept sealed, since the owner may read one while it can be
/// used, and as a hash, by which a pairing finds its site.
/// </summary>
internal sealed partial class RegistrationTokens(ISecrets secrets, IOptions<HardwareOptions> options, TimeProvider clock, ILogger<RegistrationTokens> log)
{
    /// <summary>Where they are kept.</summary>
    public static SealedColumn Column { get; } = new("hardware.site", "id", "registration_token");

    /// <summary>A new token: 20 random bytes, base64url.</summary>
    public RegistrationToken Make()
    {
        var token = Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(20));
        return new RegistrationToken(secrets.Seal(token, Column.Purpose), Hash(token), clock.Now() + options.Value.RegistrationTokenLifetime);
    }

    /// <summary>What finds the site of a token. 160 random bits need no salt and no slow hash, and an index lookup by hash tells nothing of the token.</summary>
    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>The token of the site in the clear while it can be used; null otherwise, also when its key is lost: it can be renewed.</summary>
    public string? Usable(Site site, DateTime now)
    {
        if (site.RegistrationToken is not { } text || !(site.RegistrationTokenExpiration > now))
        {
            return null;
        }

        try
        {
            return secrets.Open(text, Column.Purpose);
        }
        catch (SecretUnreadable e)
        {
            Unreadable(log, site.Id, e.Message);
            return null;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The registration token of site {SiteId} cannot be shown: {Reason}")]
    private static partial void Unreadable(ILogger log, Guid siteId, string reason);
}

/// <summary>A new token as its site keeps it.</summary>
internal sealed record RegistrationToken(string Sealed, byte[] Hash, DateTime Expiration);
