namespace Nico.Hardware.Sites;

/// <summary>What a site's status history says of its transitions.</summary>
internal static class SiteMessages
{
    public const string Declared = "Waits for its controller to report for the first time";
    public const string Paired = "The controller reports its machines";

    public const string Introduced = "The controller is paired and is asked for its machines";
    public const string Renewed = "Waits for its controller to be paired with a new registration token";

    public const string ReadAgain = "What the controller reports can be read again";

    public static string Unread(string kinds) => $"What the controller reports of these kinds cannot be read: {kinds}";

    public static string Silent(DateTime? since) => since is { } last
        ? $"The controller has not reported its machines since {last:yyyy-MM-dd HH:mm:ss} UTC"
        : "The controller does not report its machines";
}
