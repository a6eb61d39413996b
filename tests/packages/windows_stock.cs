// What stocks packages on Windows, on this system: a command line is one of sh, and nothing is restarted.
public class UnixStock : ItmsStock
{
    public UnixStock(IDictionary<string, string> options) : base(options) { }

    protected override ProcessStartInfo Shell(string command)
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, command);
        return new ProcessStartInfo("/bin/sh", "\"" + path + "\"");
    }

    protected override void Restart()
    {
        Console.Error.Write("restarting\n");
    }
}

public static class EmulatedStock
{
    public static int Main(string[] words)
    {
        var options = new Dictionary<string, string>();
        foreach (var line in File.ReadAllLines(words[1]))
        {
            int at = line.IndexOf('=');
            options[line.Substring(0, at)] = line.Substring(at + 1);
        }
        File.Delete(words[1]);
        var stock = new UnixStock(options);
        if (words[0] == "run") return stock.Run();
        int code = stock.Stock(File.ReadAllText(words[2]));
        File.Delete(words[2]);
        return code;
    }
}
